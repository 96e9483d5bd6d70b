import gzip
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from tests.accounts.belongings import rows_with
from tests.pipelines.voices.conftest import ANA, BEN, CLEO, Choir, humming

from surtitle.clock import utc_now
from surtitle.db.job_models import Artifact, Job, JobStep
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.voice_models import Consent, Voiceprint

CONSENT = {"given_by": "Ben, in writing", "purpose": "names in minutes"}
TALK = ((ANA, 5), (BEN, 5), (ANA, 5))


async def ends_consent(choir: Choir, voice_id: str, days_ago: float) -> None:
    async with choir.parts.database.writing() as session:
        over = utc_now() - timedelta(days=days_ago)
        await session.execute(
            update(Consent).where(Consent.voice_id == UUID(voice_id)).values(expires_at=over)
        )


async def left_of(choir: Choir, *traces: str) -> dict[str, list[str]]:
    """Rows and files in which one of `traces` stands."""
    found = await rows_with(choir.parts.database, [trace.lower() for trace in traces])
    root = choir.parts.store.local_root
    assert root is not None
    for path in (path for path in root.rglob("*") if path.is_file()):
        data = path.read_bytes()
        told = (gzip.decompress(data) if path.suffix == ".gz" else data).decode(errors="replace").lower()
        if any(trace.lower() in told for trace in traces):
            found.setdefault("files", []).append(str(path))
    return found


async def test_who_is_known_by_a_clip_is_named_in_a_meeting_and_a_stranger_is_not(choir: Choir) -> None:
    voice = await choir.enrols("Ana Duarte", ANA)
    assert voice["state"] == "known"
    assert voice["consents"][0]["given_by"] == "Ana Duarte, in writing"
    meeting = await choir.meets(*TALK)
    assert await choir.speakers(meeting) == ["Ana Duarte", "speaker_2"]
    told = await choir.file(meeting, "speakers.json")
    assert [(one["name"], one["voice_id"]) for one in told["speakers"]] == [
        ("Ana Duarte", voice["id"]),
        (None, None),
    ]
    undecided = await choir.meets(*TALK, identification={"enabled": False})
    assert await choir.speakers(undecided) == ["speaker_1", "speaker_2"]


async def test_the_step_done_again_later_hears_the_speakers_anew(choir: Choir) -> None:
    meeting = await choir.meets(*TALK)
    await choir.enrols("Ben", BEN)
    async with choir.parts.database.writing() as session:
        failed = update(JobStep).where(JobStep.name == "identification").values(state="failed")
        await session.execute(failed)
    await choir.asks("POST", f"/api/jobs/{meeting['id']}/steps/identification/retry", status=202)
    again = await choir.ends(meeting)
    assert await choir.speakers(again) == ["speaker_1", "Ben"]


async def test_clips_that_teach_nothing_or_the_wrong_thing_are_refused(choir: Choir) -> None:
    known = await choir.enrols("Ana", ANA)
    assert (await choir.enrols(" ANA ", BEN, status=409))["type"] == "/problems/voice-name-taken"
    alike = await choir.enrols("Anna", ANA, status=409)
    assert (alike["type"], alike["voice_id"]) == ("/problems/voice-known-otherwise", known["id"])
    over = (utc_now() - timedelta(days=1)).isoformat()
    assert "ended already" in (await choir.enrols("Ben", BEN, status=422, expires_at=over))["detail"]
    assert "given_by" in (await choir.enrols("Ben", BEN, status=422, given_by=" "))["detail"]
    form = {"name": "Ben", **CONSENT}
    for clip, why in (
        (humming((BEN, 6), (CLEO, 4)), "several-voices"),
        (humming((BEN, 2)), "too-short"),
        (humming((0, 5)), "no-speech"),
    ):
        assert (await choir.sends("/api/voices", clip, form, 422))["why"] == why
    clips = f"/api/voices/{known['id']}/clips"
    assert (await choir.sends(clips, humming((BEN, 5)), {}, 422))["type"] == "/problems/another-voice"
    same = await choir.sends(clips, humming((ANA, 5)), {})
    assert len(same["clips"]) == 1, "the same clip twice is one"
    surer = await choir.sends(clips, humming((ANA, 8)), {})
    removed = await choir.asks("DELETE", f"{clips}/{surer['clips'][0]['id']}")
    assert [clip["speech_seconds"] for clip in removed["clips"]] == [8.0]
    assert (await choir.enrols("Twin of Ana", ANA, alike="true"))["state"] == "known"


async def test_a_voice_without_consent_is_not_compared_and_soon_forgotten(choir: Choir) -> None:
    voice = await choir.enrols("Ana", ANA)
    await ends_consent(choir, voice["id"], days_ago=2)
    assert await choir.speakers(await choir.meets(*TALK)) == ["speaker_1", "speaker_2"]
    home = f"/api/voices/{voice['id']}"
    assert (await choir.asks("GET", home))["state"] == "consent-over"
    assert (await choir.sends(f"{home}/clips", humming((ANA, 8)), {}, 409))[
        "type"
    ] == "/problems/consent-over"
    assert await choir.parts.voices.erasing.forget_expired(timedelta(days=30)) == 0
    renewed = await choir.asks("PATCH", home, json={"consent": CONSENT})
    assert (renewed["state"], len(renewed["consents"])) == ("known", 2)
    assert await choir.parts.voices.erasing.forget_expired(timedelta(days=1)) == 0
    await ends_consent(choir, voice["id"], days_ago=2)
    assert await choir.parts.voices.erasing.forget_expired(timedelta(days=1)) == 1
    assert (await choir.asks("GET", home))["clips"] == []


async def test_a_labelled_speaker_is_enrolled_and_named_in_past_meetings(choir: Choir) -> None:
    first = await choir.meets(*TALK)
    second = await choir.meets((CLEO, 5), (BEN, 5))
    await corrects(choir, second, "speaker_1", "Cleopatra")
    wish = {"name": "Ben", "consent": CONSENT, "transcript_id": first["transcript_id"]}
    nobody = await choir.asks(
        "POST", "/api/voices/from-speaker", json={**wish, "speaker": "speaker_9"}, status=422
    )
    assert nobody["type"] == "/problems/nothing-of-speaker"
    voice = await choir.asks(
        "POST", "/api/voices/from-speaker", json={**wish, "speaker": "speaker_2"}, status=201
    )
    past = await choir.asks("POST", f"/api/voices/{voice['id']}/name-past-meetings")
    assert past["looked_at"] == 2
    assert {one["transcript_id"] for one in past["named"]} == {
        first["transcript_id"],
        second["transcript_id"],
    }
    assert await choir.speakers(first) == ["speaker_1", "Ben"]
    assert await choir.speakers(second) == ["Cleopatra", "Ben"]
    await choir.asks("PATCH", f"/api/voices/{voice['id']}", json={"name": "Benjamin"})
    await choir.asks("POST", f"/api/voices/{voice['id']}/name-past-meetings")
    assert await choir.speakers(first) == ["speaker_1", "Benjamin"]


async def corrects(choir: Choir, meeting: dict[str, Any], speaker: str, name: str) -> None:
    """A person says who it was."""
    path = f"/api/transcripts/{meeting['transcript_id']}"
    text = await choir.asks("GET", path)
    theirs = [one["id"] for one in text["document"]["segments"] if one["speaker"] == speaker]
    operation = {"op": "set_segments", "segments": theirs, "speaker": name}
    wish = {"base_revision": text["shown_revision"], "operations": [operation]}
    await choir.asks("POST", f"{path}/revisions", json=wish, status=201)


async def test_an_erased_voice_leaves_nothing_behind(choir: Choir) -> None:
    voice = await choir.enrols("Zuzanna Quill", ANA)
    meeting = await choir.meets(*TALK)
    await choir.asks("PATCH", f"/api/voices/{voice['id']}", json={"name": "Zuza Quill"})
    await choir.asks("POST", f"/api/voices/{voice['id']}/name-past-meetings")
    await corrects(choir, meeting, "speaker_2", "Somebody")
    traces = ("Zuzanna", "Zuza Quill", voice["id"], UUID(voice["id"]).hex)
    assert {"voices", "consents", "voiceprints", "speaker_labels", "revisions", "files"} <= set(
        await left_of(choir, *traces)
    )
    done = await choir.asks("DELETE", f"/api/voices/{voice['id']}")
    assert done["finished"]
    assert done["erased"].pop("files") >= 3
    assert done["erased"] == {"voices": 1, "voiceprints": 1, "consents": 1, "names": 1, "transcripts": 1}
    assert await left_of(choir, *traces) == {}
    assert await choir.speakers(meeting) == ["speaker_1", "Somebody"]
    assert await choir.speakers(await choir.meets(*TALK)) == ["speaker_1", "speaker_2"]
    await choir.asks("DELETE", f"/api/voices/{voice['id']}", status=404)
    first = await choir.asks("GET", f"/api/transcripts/{meeting['transcript_id']}?revision=2")
    assert first["document"]["segments"][0]["speaker"] == "speaker_1"


async def test_an_erasure_waits_for_a_meeting_that_may_name_the_voice(choir: Choir) -> None:
    voice = await choir.enrols("Ana", ANA)
    job = await choir.meets(*TALK)
    # As in the middle of its run.
    async with choir.parts.database.writing() as session:
        await session.execute(update(Job).values(state="running"))
        await session.execute(
            update(Artifact).where(Artifact.name == "speakers.json").values(name="voices.json")
        )
    begun = await choir.asks("DELETE", f"/api/voices/{voice['id']}", status=202)
    assert not begun["finished"]
    assert await choir.parts.voices.service.known(PERSONAL_PROJECT) == []
    async with choir.parts.database.writing() as session:
        await session.execute(update(Job).values(state="succeeded"))
        await session.execute(
            update(Artifact).where(Artifact.name == "voices.json").values(name="speakers.json")
        )
    assert await choir.parts.voices.erasing.resume() == 1
    assert await left_of(choir, voice["id"]) == {}
    assert await choir.speakers(job) == ["speaker_1", "speaker_2"]
    async with choir.parts.database.reading() as session:
        assert await session.get(Voiceprint, UUID(voice["clips"][0]["id"])) is None
