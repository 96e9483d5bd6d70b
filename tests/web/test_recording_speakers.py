"""Who speaks in a recording, put right on its page."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.api.accounts import EMAIL
from tests.api.installation import Installation, installed, spoken
from tests.api.people import person
from tests.pipelines.voices.conftest import ANA, announce, humming
from tests.web.browsing import Form, form_to, forms_of, send, signed_in
from tests.web.made_up import MEETING, Line, spoken_by

from surtitle.accounts.access import ProjectRole
from surtitle.config import EngineSettings
from surtitle.db.account_models import Membership
from surtitle.web.app import add_pages

HOSTILE = '"><img src=x onerror=alert(1)>'
LABELLED = tuple(
    Line({"Hanna Okafor": "speaker_1", "Luis Prieto": "speaker_2"}.get(line.speaker or ""), line.text)
    for line in MEETING[:5]
)


class Meeting:
    """A meeting that has ended, and its page."""

    def __init__(self, api: Installation, job: dict[str, Any]) -> None:
        self.api = api
        self.here = f"/app/recordings/{job['id']}"
        self.job = job

    async def page(self, path: str = "") -> str:
        answer = await self.api.client.get(path or self.here)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def form(self, deed: str, speaker: str = "speaker_1") -> Form:
        wanted = f"{self.here}/speakers/{deed}"
        found = [one for one in forms_of(await self.page()) if one.action.startswith(wanted)]
        return next(one for one in found if deed == "merge" or one.values["speaker"] == speaker)

    async def speakers(self) -> list[str]:
        transcript_id = (await self.api.client.get(f"/api/jobs/{self.job['id']}")).json()["transcript_id"]
        told = (await self.api.client.get(f"/api/transcripts/{transcript_id}")).json()
        return [segment["speaker"] for segment in told["document"]["segments"]]


@pytest.fixture
async def meeting(home: Installation) -> Meeting:
    job = await home.start("meeting")
    await home.finish(spoken_by(LABELLED))
    return Meeting(home, job)


async def test_the_speakers_are_listed_with_their_share(meeting: Meeting) -> None:
    page = await meeting.page()
    assert 'id="speakers"' in page
    assert "Speaker 1" in page
    assert "Two of them are the same person" in page


async def test_a_speaker_gets_a_name_and_the_text_has_it_too(meeting: Meeting) -> None:
    answer = await send(meeting.api, await meeting.form("rename"), name=HOSTILE)
    assert answer.headers["location"] == f"{meeting.here}?done=renamed#speakers"
    page = await meeting.page(answer.headers["location"])
    assert "The name is changed" in page
    assert "<img src=x" not in page
    assert HOSTILE in await meeting.speakers()
    assert "Know this voice in other recordings" in page


async def test_a_name_that_is_taken_is_told_beside_the_form_with_what_was_typed(meeting: Meeting) -> None:
    await send(meeting.api, await meeting.form("rename"), name="Ana")
    answer = await send(meeting.api, await meeting.form("rename", "speaker_2"), name="Ana")
    assert answer.status_code == 422
    assert "Somebody is called that already" in answer.text
    again = [one for one in forms_of(answer.text) if one.values.get("speaker") == "speaker_2"]
    assert again[0].values["name"] == "Ana"


async def test_who_was_slower_is_told_and_nothing_is_lost(meeting: Meeting) -> None:
    late = await meeting.form("rename", "speaker_2")
    await send(meeting.api, await meeting.form("rename"), name="Ana")
    answer = await send(meeting.api, late, name="Bo")
    assert answer.status_code == 409
    assert "Somebody changed the text in the meantime." in answer.text
    assert "Bo" not in await meeting.speakers()


async def test_two_who_are_one_are_made_one(meeting: Meeting) -> None:
    form = await meeting.form("merge")
    answer = await send(meeting.api, form, first="speaker_1", other="speaker_2")
    assert answer.headers["location"] == f"{meeting.here}?done=merged#speakers"
    assert set(await meeting.speakers()) == {"speaker_1", None}
    page = await meeting.page()
    assert "Two of them are the same person" not in page


async def test_one_cannot_be_made_one_with_oneself(meeting: Meeting) -> None:
    answer = await send(meeting.api, await meeting.form("merge"), first="speaker_1", other="speaker_1")
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text


async def test_a_voice_is_not_learned_without_saying_who_agreed(meeting: Meeting) -> None:
    await send(meeting.api, await meeting.form("rename"), name="Ana")
    answer = await send(meeting.api, await meeting.form("enrol", "Ana"), given_by=" ", purpose="Names")
    assert answer.status_code == 422
    assert "Write who agreed, and how." in answer.text
    listed = (await meeting.api.client.get("/api/voices")).json()
    assert listed["items"] == []


# Voices: a tone is one here


@pytest.fixture
async def choir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    announce(tmp_path / "site", monkeypatch)
    engines = EngineSettings(transcriber="dummy", diarizer="pitch", voice_encoder="pitch-encoder")
    async with installed(tmp_path / "data", engines=engines) as api:
        add_pages(api.app)
        yield api


async def sung(api: Installation, name: str) -> Meeting:
    """A meeting in which Ana's tone alone is heard, and somebody called it so."""
    media = await api.bring(data=humming((ANA, 6)))
    job = await api.start("meeting", media_id=media["id"])
    said = spoken("One two three four five six")
    await api.finish(replace(said, segments=tuple(replace(one, speaker=name) for one in said.segments)))
    return Meeting(api, job)


async def test_a_named_speaker_is_known_by_voice_and_looked_for_in_past_meetings(choir: Installation) -> None:
    meeting = await sung(choir, "Ana")
    answer = await send(choir, await meeting.form("enrol", "Ana"), given_by="Ana, by e-mail")
    assert answer.status_code == 303, answer.text
    [voice] = (await choir.client.get("/api/voices")).json()["items"]
    assert (voice["name"], voice["consents"][0]["given_by"]) == ("Ana", "Ana, by e-mail")
    page = await meeting.page(answer.headers["location"])
    assert "The voice is known from now on." in page
    looked = await send(choir, form_to(page, f"{meeting.here}/voices/{voice['id']}/past"))
    page = await meeting.page(looked.headers["location"])
    assert "0 past meetings were listened to." in page
    assert "/past" not in page


async def test_a_voice_that_sounds_like_another_is_learned_only_if_one_insists(choir: Installation) -> None:
    first = await sung(choir, "Ana")
    await send(choir, await first.form("enrol", "Ana"), given_by="Ana")
    twin = await sung(choir, "Bea")
    answer = await send(choir, await twin.form("enrol", "Bea"), given_by="Bea, in writing")
    assert answer.status_code == 409
    assert "It is not Ana, however alike they sound" in answer.text
    [again] = [one for one in forms_of(answer.text) if "enrol" in one.action]
    assert again.values["given_by"] == "Bea, in writing"
    assert (await send(choir, again, alike="true")).status_code == 303


async def test_who_only_looks_has_no_forms_and_is_refused(door: Installation) -> None:
    owner = await person(door, "owner@example.org")
    job = await owner.starts()
    await door.finish(spoken_by(LABELLED))
    await signed_in(door)
    async with door.services.database.writing() as session:
        viewer = await door.services.people.users.named(EMAIL)
        member = Membership(project_id=owner.project_id, user_id=viewer.id, role=ProjectRole.VIEWER)
        session.add(member)
    door.services.authenticator.forget_everybody()
    here = f"/app/recordings/{job['id']}"
    page = await door.client.get(here)
    assert page.status_code == 200
    assert "/speakers/" not in page.text
    assert f"{here}/delete" not in page.text
    token = form_to(page.text, f"{here}/links").values["csrf"]
    wish = {
        "csrf": token,
        "speaker": "speaker_1",
        "name": "X",
        "revision": "1",
        "transcript": str(UUID(int=1)),
    }
    for deed in ("speakers/rename", "tags", "steps/minutes/retry", "delete"):
        refused = await door.client.post(f"{here}/{deed}", data=wish)
        assert refused.status_code == 403, deed


async def test_a_form_without_its_token_does_nothing(door: Installation) -> None:
    await signed_in(door)
    answer = await door.client.post(f"/app/recordings/{UUID(int=1)}/tags", data={"tags": "x"})
    assert answer.status_code == 403
