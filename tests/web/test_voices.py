"""Voices by forms alone: enrolled with consent, tried, renamed, erased. A tone is a voice here."""

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update
from tests.api.accounts import deeds
from tests.api.installation import UNKNOWN_ID, Installation, installed
from tests.api.people import person
from tests.api.test_route_matrix import known_voice
from tests.pipelines.voices.conftest import ANA, BEN, CLEO, announce, humming
from tests.web.browsing import form_to, forms_of, send, signed_in

from surtitle.clock import utc_now
from surtitle.config import EngineSettings
from surtitle.db.account_models import Membership
from surtitle.db.voice_models import Consent
from surtitle.web.app import add_pages

HOSTILE = "<script>alert(1)</script>"
CONSENT = {"given_by": "Somebody", "purpose": "Anything", "agreed": "true"}
TWO = humming((BEN, 6), (CLEO, 4))


@pytest.fixture
async def choir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    announce(tmp_path / "site", monkeypatch)
    engines = EngineSettings(transcriber="dummy", diarizer="pitch", voice_encoder="pitch-encoder")
    async with installed(tmp_path / "data", engines=engines) as api:
        add_pages(api.app)
        yield api


async def upload(api: Installation, path: str, form: str, clip: bytes, **filled: Any) -> httpx.Response:
    """Fill in the page's form and send it with a clip, as a browser does without JavaScript."""
    page = (await api.client.get(path)).text
    sent = form_to(page, form)
    told = {name: value for name, value in {**sent.values, **filled}.items() if name != "file"}
    return await api.client.post(sent.action, data=told, files={"file": ("clip.wav", io.BytesIO(clip))})


async def enrolled(api: Installation, name: str, pitch: int, **filled: Any) -> str:
    """The address of the new voice's page."""
    given = {"name": name, "given_by": f"{name}, in writing", "agreed": "true", **filled}
    answer = await upload(api, "/app/voices/new", "/app/voices", humming((pitch, 5)), **given)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


async def tried(api: Installation, clip: bytes) -> httpx.Response:
    return await upload(api, "/app/voices/test", "/app/voices/test", clip)


async def test_a_person_is_enrolled_with_consent_and_listed(choir: Installation) -> None:
    assert "No voice is known yet" in (await choir.client.get("/app/voices")).text
    here = await enrolled(choir, "Ana <b>", ANA, until="2999-12-30", given_on="2020-02-01")
    page = (await choir.client.get(f"{here}?done=enrolled")).text
    for told in ("Ana &lt;b&gt;, in writing", "Names of speakers", "December 30, 2999", "February 1, 2020"):
        assert told in page
    assert "The voice is known from now on." in page
    assert "whose sound was not kept" in page
    listed = (await choir.client.get("/app/voices")).text
    assert "Ana &lt;b&gt;" in listed
    assert "1 clip" in listed
    [voice] = (await choir.client.get("/api/voices")).json()["items"]
    # The last day counts.
    assert voice["consents"][0]["expires_at"].startswith("2999-12-31T00:00:00")


@pytest.mark.parametrize(
    ("clip", "filled", "told"),
    [
        (humming((BEN, 2)), {}, "3 seconds are needed"),
        (TWO, {}, "Choose a part in which the person speaks alone."),
        (humming((0, 5)), {}, "Nobody speaks in this clip."),
        (b"", {}, "Choose a file first"),
        (b"no sound at all", {}, "neither sound nor video"),
        (humming((BEN, 5)), {"agreed": ""}, "Tick that the person agrees"),
        (humming((BEN, 5)), {"given_by": " "}, "Write who agreed"),
        (humming((BEN, 5)), {"until": "2001-01-01"}, "would have ended already"),
        (humming((BEN, 5)), {"given_on": "2998-01-01"}, "cannot be given in the future"),
        (humming((BEN, 5)), {"until": "soon"}, "is no date"),
    ],
)
async def test_a_refusal_says_what_to_do_and_keeps_what_was_typed(
    choir: Installation, clip: bytes, filled: dict[str, str], told: str
) -> None:
    given = {"name": HOSTILE, "given_by": "By <i>phone</i>", "agreed": "true", **filled}
    answer = await upload(choir, "/app/voices/new", "/app/voices", clip, **given)
    assert answer.status_code in {400, 422}
    assert told in answer.text
    assert form_to(answer.text, "/app/voices").values["name"] == HOSTILE
    assert HOSTILE not in answer.text
    assert (await choir.client.get("/api/voices")).json()["items"] == []


async def test_who_sounds_like_somebody_known_is_enrolled_by_whoever_knows_better(
    choir: Installation,
) -> None:
    ana = await enrolled(choir, "Ana", ANA)
    given = {"name": "Twin", "given_by": "Twin, in writing", "agreed": "true"}
    alike = await upload(choir, "/app/voices/new", "/app/voices", humming((ANA, 6)), **given)
    assert alike.status_code == 409
    assert "This sounds like Ana (likeness 1.00)." in alike.text
    assert f'href="{ana}"' in alike.text
    assert 'name="alike"' in alike.text
    assert await enrolled(choir, "Twin", ANA, alike="true")


async def test_a_clip_is_taken_for_whom_it_sounds_like_or_for_nobody(choir: Installation) -> None:
    assert "No voice is known yet" in (await tried(choir, humming((ANA, 5)))).text
    ana = await enrolled(choir, "Ana <b>", ANA)
    await enrolled(choir, "Ben", BEN)
    known = await tried(choir, humming((ANA, 4)))
    assert "This is Ana &lt;b&gt;." in known.text
    assert "The likeness is 1.00; from 0.65 on" in known.text
    assert f'href="{ana}"' in known.text
    assert "another voice" in known.text
    stranger = await tried(choir, humming((CLEO, 4)))
    assert "Nobody whom this project knows." in stranger.text
    await enrolled(choir, "Twin", ANA, alike="true")
    assert "too close to each other" in (await tried(choir, humming((ANA, 4)))).text
    unfit = await tried(choir, TWO)
    assert (unfit.status_code, "speaks alone" in unfit.text) == (422, True)


async def test_clips_come_and_go(choir: Installation) -> None:
    here = await enrolled(choir, "Ana", ANA)
    other = await upload(choir, here, f"{here}/clips", humming((BEN, 5)))
    assert other.status_code == 422
    assert "does not sound like this person" in other.text
    assert 'name="alike"' in other.text
    again = await upload(choir, here, f"{here}/clips", humming((ANA, 5)))
    assert again.headers["location"] == f"{here}?done=same-clip"
    more = await upload(choir, here, f"{here}/clips", humming((ANA, 8)))
    assert more.headers["location"] == f"{here}?done=clip"
    page = (await choir.client.get(here)).text
    removals = [form for form in forms_of(page) if form.action.endswith("/remove")]
    assert len(removals) == 2
    gone = await send(choir, removals[0])
    assert gone.headers["location"] == f"{here}?done=forgotten"
    [voice] = (await choir.client.get("/api/voices")).json()["items"]
    assert [clip["speech_seconds"] for clip in voice["clips"]] == [8.0]


async def test_a_name_is_changed_once_and_a_consent_renewed(choir: Installation) -> None:
    here, ben = await enrolled(choir, "Ana", ANA), await enrolled(choir, "Ben", BEN)
    page = (await choir.client.get(here)).text
    taken = await send(choir, form_to(page, f"{here}/name"), name="BEN")
    assert taken.status_code == 409
    assert "A voice of this name is known already." in taken.text
    assert form_to(taken.text, f"{here}/name").values["name"] == "BEN"
    renamed = await send(choir, form_to(page, f"{here}/name"), name=HOSTILE)
    assert renamed.headers["location"] == f"{here}?done=renamed"
    assert HOSTILE not in (await choir.client.get(here)).text
    await over(choir, here)
    late = (await choir.client.get(here)).text
    assert "The consent has ended, so this voice is not looked for any more." in late
    assert f"{here}/clips" not in [form.action for form in forms_of(late)]
    assert "Consent has ended" in (await choir.client.get("/app/voices")).text
    form = form_to(late, f"{here}/consent")
    unticked = await send(choir, form, given_by="Ana, anew")
    assert (unticked.status_code, "Ana, anew" in unticked.text) == (422, True)
    renewed = await send(choir, form, given_by="Ana, anew", agreed="true")
    assert renewed.headers["location"] == f"{here}?done=agreed"
    assert "1 earlier consent" in (await choir.client.get(here)).text
    assert (await choir.client.get(ben)).status_code == 200


async def over(api: Installation, address: str) -> None:
    yesterday = utc_now() - timedelta(days=1)
    async with api.services.database.writing() as session:
        voice_id = UUID(address.rpartition("/")[2])
        await session.execute(
            update(Consent).where(Consent.voice_id == voice_id).values(expires_at=yesterday)
        )


async def test_erasing_is_asked_about_and_takes_the_voice_along(choir: Installation) -> None:
    here = await enrolled(choir, "Ana <b>", ANA)
    asked = (await choir.client.get(f"{here}/erase")).text
    assert "Erase the voice of Ana &lt;b&gt;?" in asked
    assert "what 1 clip taught" in asked
    assert "the recordings, and what was said in them" in asked
    answer = await send(choir, form_to(asked, f"{here}/erase"))
    assert answer.headers["location"] == "/app/voices?done=erased"
    assert "The voice is erased" in (await choir.client.get("/app/voices?done=erased")).text
    assert (await choir.client.get(here)).status_code == 404


async def test_past_meetings_are_looked_through_page_by_page(choir: Installation) -> None:
    here = await enrolled(choir, "Ana", ANA)
    form = form_to((await choir.client.get(here)).text, f"{here}/name-past-meetings")
    answer = await send(choir, form)
    assert answer.headers["location"] == f"{here}?looked=0&named=0#past"
    more = f"{here}?looked=5&named=2&further={'A' * 22}"
    page = (await choir.client.get(more)).text
    assert "5 meetings were listened to." in page
    assert form_to(page, f"{here}/name-past-meetings").values["cursor"] == "A" * 22


async def test_a_voice_of_another_project_is_not_there(door: Installation) -> None:
    stranger = await person(door, "owner@example.org")
    voice_id, clip_id = await known_voice(stranger)
    await signed_in(door)
    here = f"/app/voices/{voice_id}"
    csrf = {"csrf": door.client.cookies["surtitle_csrf"]}
    files = {"file": ("clip.wav", humming((ANA, 5)))}
    for answer in [
        await door.client.get(here),
        await door.client.get(f"{here}/erase"),
        await door.client.post(f"{here}/erase", data=csrf),
        await door.client.post(f"{here}/name", data={**csrf, "name": "Mine"}),
        await door.client.post(f"{here}/consent", data={**csrf, **CONSENT}),
        await door.client.post(f"{here}/clips/{clip_id}/remove", data=csrf),
        await door.client.post(f"{here}/name-past-meetings", data=csrf),
        await door.client.post(f"{here}/clips", data=csrf, files=files),
        await door.client.get(f"/app/voices/{UNKNOWN_ID}"),
    ]:
        assert answer.status_code == 404, answer.request.url
        assert "Sandglass" not in answer.text
    assert [one["name"] for one in (await stranger.gets("/api/voices"))["items"]] == ["Sandglass"]


async def test_who_only_reads_sees_voices_and_changes_none(door: Installation) -> None:
    await signed_in(door)
    # Nobody has looked at the session yet: the role is read when somebody does.
    async with door.services.database.writing() as session:
        await session.execute(update(Membership).values(role="viewer"))
    csrf = {"csrf": door.client.cookies["surtitle_csrf"]}
    page = (await door.client.get("/app/voices")).text
    assert "No voice is known yet" in page
    assert "/app/voices/new" not in page
    for path in ("/app/voices/new", "/app/voices/test"):
        assert (await door.client.get(path)).status_code == 403
    files = {"file": ("clip.wav", humming((ANA, 5)))}
    sent = await door.client.post("/app/voices", data={**csrf, "name": "Ana", **CONSENT}, files=files)
    assert sent.status_code == 403


@pytest.mark.parametrize("path", ["/app/voices", "/app/voices/test"])
async def test_a_clip_without_the_forms_token_is_not_even_kept(door: Installation, path: str) -> None:
    await signed_in(door)
    files = {"file": ("clip.wav", humming((ANA, 5)))}
    for csrf in ({}, {"csrf": "forged"}):
        answer = await door.client.post(path, data={**csrf, "name": "Ana", **CONSENT}, files=files)
        assert answer.status_code == 403
    assert (await door.client.get("/api/voices")).json()["items"] == []


async def test_what_is_done_to_voices_is_told_to_the_trail(door: Installation) -> None:
    await signed_in(door)
    [mine] = (await door.client.get("/api/projects")).json()["items"]
    somebody = await person(door, "helper@example.org")
    voice_id, clip_id = await known_voice(replace(somebody, project_id=UUID(mine["id"])))
    here = f"/app/voices/{voice_id}"
    page = (await door.client.get(here)).text
    # An empty name is refused, and is no change.
    assert (await send(door, form_to(page, f"{here}/name"), name="")).status_code == 422
    await send(door, form_to(page, f"{here}/consent"), **CONSENT)
    await send(door, form_to(page, f"{here}/clips/{clip_id}/remove"))
    await send(door, form_to((await door.client.get(f"{here}/erase")).text, f"{here}/erase"))
    told = [action for action, _outcome in await deeds(door) if action.startswith("voice.")]
    assert told == ["voice.changed", "voice.clip-removed", "voice.erased"]
