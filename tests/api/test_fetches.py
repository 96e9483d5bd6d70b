"""`/api/media/from-url`."""

from pathlib import Path
from typing import Any

from tests.api.installation import Installation, installed, wav
from tests.api.people import person
from tests.fakes.web_server import response, web_server

from surtitle.accounts.access import OWNER_OF_MACHINE
from surtitle.accounts.erasure import Mode, report_of
from surtitle.config import FetchSettings, OutgoingSettings

LOOPBACK = OutgoingSettings(allow_private=["127.0.0.1/32"], ports=[])
ELSEWHERE = {"url": "https://93.184.215.14/talk.wav?token=secret"}


async def asked(api: Installation, wish: dict[str, Any], **headers: str) -> Any:
    return await api.client.post("/api/media/from-url", json=wish, headers=headers)


async def test_a_recording_is_asked_for_followed_and_there(tmp_path: Path) -> None:
    async with installed(tmp_path / "data", outgoing=LOOPBACK) as api, web_server() as server:
        server.replies["*"] = response(200, wav(), Content_Type="audio/wav")
        answer = await asked(api, {"url": f"{server.url}/talk.wav"})
        assert answer.status_code == 202
        fetch = answer.json()
        assert answer.headers["location"] == fetch["links"]["self"]
        assert (fetch["state"], fetch["progress"], fetch["media_id"]) == ("waiting", None, None)
        await api.parts.fetching.fetcher.fetch_due()
        fetch = (await api.client.get(fetch["links"]["self"])).json()
        assert (fetch["state"], fetch["progress"]) == ("succeeded", 1.0)
        media = (await api.client.get(fetch["links"]["media"])).json()
        assert (media["id"], media["name"]) == (fetch["media_id"], "talk.wav")
        listed = (await api.client.get("/api/media/from-url")).json()
        assert [item["id"] for item in listed["items"]] == [fetch["id"]]


async def test_what_failed_says_why(tmp_path: Path) -> None:
    async with installed(tmp_path / "data", outgoing=LOOPBACK) as api, web_server() as server:
        fetch = (await asked(api, {"url": f"{server.url}/gone.wav"})).json()
        await api.parts.fetching.fetcher.fetch_due()
        fetch = (await api.client.get(fetch["links"]["self"])).json()
        assert (fetch["state"], fetch["error_type"]) == ("failed", "/problems/fetch-refused")
        assert "404" in fetch["error"]
        assert (await api.client.get(fetch["error_type"])).status_code == 200


async def test_the_address_is_told_nobody(api: Installation) -> None:
    answer = await asked(api, ELSEWHERE)
    assert answer.json()["origin"] == "https://93.184.215.14"
    listed = await api.client.get("/api/media/from-url")
    assert "secret" not in answer.text + listed.text


async def test_a_repeat_is_the_same_fetch_and_a_cancelled_one_stays(api: Installation) -> None:
    first = (await asked(api, ELSEWHERE, **{"Idempotency-Key": "k1"})).json()
    assert (await asked(api, ELSEWHERE, **{"Idempotency-Key": "k1"})).json()["id"] == first["id"]
    other = await asked(api, {"url": "https://93.184.215.14/other.wav"}, **{"Idempotency-Key": "k1"})
    assert other.json()["type"] == "/problems/idempotency-mismatch"
    cancelled = await api.client.post(first["links"]["self"] + "/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")


async def test_what_cannot_be_fetched_is_refused_at_once(api: Installation, tmp_path: Path) -> None:
    for url in ("http://169.254.169.254/latest", "http://0x7f.0.0.1/x.wav", "ftp://files.example/x.wav"):
        answer = await asked(api, {"url": url})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/target-refused"), answer.text
    answer = await asked(api, {**ELSEWHERE, "from_site": True})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/sites-off")
    async with installed(tmp_path / "off", fetch=FetchSettings(enabled=False)) as off:
        assert (await asked(off, ELSEWHERE)).json()["type"] == "/problems/fetches-off"


async def test_what_a_person_asked_for_is_erased_with_them(exposed: Installation) -> None:
    ana = await person(exposed)
    assert ana.id is not None
    fetch = await ana.does("/api/media/from-url", ELSEWHERE, status=202)
    webhook = {"name": "x", "url": "https://93.184.215.14/", "events": ["job.failed"]}
    await ana.does(f"{ana.home}/webhooks", webhook)
    erasures = exposed.services.data_protection.erasures
    begun = await erasures.begin(OWNER_OF_MACHINE, ana.id, Mode.ERASE, None)
    ended = await erasures.go_on(begun.id, 10)
    assert ended.finished_at is not None
    assert report_of(ended).items() >= {"fetches": 1, "webhooks": 1}.items()
    assert await exposed.services.holdings.of_fetch(fetch["id"]) is None
