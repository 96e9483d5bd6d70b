import pytest

from surtitle.accounts.emails import as_written, canonical
from surtitle.errors import Invalid


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        (" ada@example.org ", "ada@example.org"),
        ("ada@münchen.de", "ADA@xn--mnchen-3ya.de"),
        ("e\u0301mile@example.org", "\u00c9MILE@example.org"),
        ("straße@example.org", "STRASSE@example.org"),
    ],
)
def test_spellings_of_one_address_are_one_account(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ada+work@example.org", "ada@example.org"), ("a.da@example.org", "ada@example.org")],
)
def test_what_a_mail_server_may_tell_apart_stays_apart(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("address", ["ada@intranet", "ada@mail.local", "ada@localhost", "ada@office.test"])
def test_names_within_an_intranet_are_as_good(address: str) -> None:
    assert canonical(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example.org\r\nBcc: everybody@example.org",
        "ada@example.org\nBcc: x@example.org",
        "a\x00da@example.org",
        '"ada lovelace"@example.org',
        "ada@[127.0.0.1]",
        "Ada <ada@example.org>",
        "ada@example.org, bob@example.org",
        "'; drop table users;--@example.org",
        "\ud800@example.org",
        "a" * 10_000 + "@example.org",
        "ada@" + "é." * 5_000 + "org",
        "ada\u202e@example.org",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        canonical(text)
    assert refusal.value.message == "This is no e-mail address. Write it as name@example.org."


def test_mails_go_to_the_address_as_it_was_typed() -> None:
    assert as_written(" Ada@Example.ORG ") == "Ada@Example.ORG"
