"""Which addresses may be asked."""

import pytest
from tests.fakes.scripted_resolver import ScriptedResolver

from surtitle.config import OutgoingSettings
from surtitle.outgoing.errors import TargetAway, TargetRefused
from surtitle.outgoing.guard import Guard

PUBLIC = "93.184.215.14"


def guard(**settings: object) -> Guard:
    names = ScriptedResolver(
        files_example=[[PUBLIC]], inner_example=[["10.1.2.3"]], two_example=[[PUBLIC, "10.0.0.7"]]
    )
    return Guard(OutgoingSettings.model_validate(settings), names)


async def test_a_public_name_is_placed_at_the_addresses_that_were_checked() -> None:
    place = await guard().placed("https://files.example/talk.mp3?key=1#part")
    assert [str(address) for address in place.addresses] == [PUBLIC]
    assert str(place.url) == "https://files.example/talk.mp3?key=1"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://10.0.0.7/",
        "http://172.16.0.1/",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://192.0.0.8/",
        "http://[::1]/",
        "http://[::]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[::ffff:192.168.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::1]/",
        "http://[2002:7f00:1::]/",
        "http://2130706433/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://0x7f.0.0.1/",
        "http://0x7f000001/",
        "http://127.0.0.1./",
        "http://①②⑦.0.0.1/",
        "http://%31%32%37.0.0.1/",
        "https://inner.example/",
        # One address inside is enough: which of them is taken, nobody knows.
        "https://two.example/",
    ],
)
async def test_what_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused):
        await guard().placed(url)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://files.example/x",
        "gopher://files.example/",
        "javascript:alert(1)",
        "//files.example/x",
        "files.example/x",
        "https:///x",
        "https://user:password@files.example/",
        "https://files.example:0/",
        "https://files.example:99999/",
        "https://files.example/a b",
        "https://files.example\\@127.0.0.1/",
        "https://files.example/\r\nHost: inner",
        "https://files.example/" + "x" * 5000,
    ],
)
async def test_what_is_no_plain_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused) as refusal:
        await guard(ports=[]).placed(url)
    assert "password" not in refusal.value.message.replace("user and password", "")


async def test_only_the_ports_of_the_setting_are_asked() -> None:
    with pytest.raises(TargetRefused, match="Port 22"):
        await guard().placed("https://files.example:22/")
    assert (await guard(ports=[]).placed("https://files.example:22/")).port == 22


async def test_a_network_that_is_allowed_may_be_asked_and_no_other() -> None:
    allowing = guard(allow_private=["10.0.0.0/8"])
    assert (await allowing.placed("https://inner.example/")).host == "inner.example"
    assert (await allowing.placed("http://[::ffff:10.1.1.1]/")).addresses
    with pytest.raises(TargetRefused):
        await allowing.placed("http://192.168.0.1/")
    with pytest.raises(TargetRefused):
        await guard(allow_private=["0.0.0.0/0"]).placed("http://0.0.0.0/")


async def test_http_can_be_refused_altogether() -> None:
    with pytest.raises(TargetRefused, match="https"):
        await guard(https_only=True).placed("http://files.example/")


async def test_a_name_that_nobody_knows_is_away() -> None:
    with pytest.raises(TargetAway, match=r"nowhere\.example"):
        await guard().placed("https://nowhere.example/")


async def test_behind_a_named_proxy_numbers_are_judged_and_names_left_to_it() -> None:
    behind = guard(proxy="http://proxy.example:3128")
    assert (await behind.placed("https://inner.example/")).addresses == ()
    with pytest.raises(TargetRefused):
        await behind.placed("https://10.0.0.1/")
