"""Erasing a voice is true in every order of events."""

import asyncio
from uuid import UUID

import pytest
from tests.pipelines.voices.conftest import ANA, BEN, CONSENT, TALK, Choir, corrects, ends_consent, left_of

from surtitle.db.job_models import Artifact
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.voice_models import Voiceprint
from surtitle.domain.speakers import VOICES_JSON, Diarization
from surtitle.jobs.amending import JobAmending
from surtitle.pipelines.diarization.fusion import speakers_of
from surtitle.pipelines.voices.erasing import ErasingParts, VoiceErasing
from surtitle.pipelines.voices.errors import VoiceBeingErased
from surtitle.pipelines.voices.forgetting import VoiceForgetting
from surtitle.pipelines.voices.naming import VoiceNaming
from surtitle.pipelines.voices.samples import VoiceSamples
from surtitle.transcripts.scrubbing import HistoryScrubber

NAME = "Zuzanna Quill"


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
    assert done["erased"] == {"voices": 1, "voiceprints": 1, "consents": 1, "names": 3, "transcripts": 1}
    assert await left_of(choir, *traces) == {}
    assert await choir.speakers(meeting) == ["speaker_1", "Somebody"]
    assert await choir.speakers(await choir.meets(*TALK)) == ["speaker_1", "speaker_2"]
    await choir.asks("DELETE", f"/api/voices/{voice['id']}", status=404)
    first = await choir.asks("GET", f"/api/transcripts/{meeting['transcript_id']}?revision=2")
    assert first["document"]["segments"][0]["speaker"] == "speaker_1"


async def test_a_deleted_transcript_takes_no_trace_of_a_name_with_it(choir: Choir) -> None:
    voice = await choir.enrols(NAME, ANA)
    meeting = await choir.meets(*TALK)
    subtitles = await choir.ends(await choir.takes_text(meeting))
    await choir.asks("DELETE", f"/api/transcripts/{meeting['transcript_id']}", status=204)
    named = await left_of(choir, NAME, NAME.upper())
    assert any(subtitles["id"] in path and path.endswith(".vtt") for path in named["files"])
    assert (await choir.asks("DELETE", f"/api/voices/{voice['id']}"))["finished"]
    assert await left_of(choir, NAME, voice["id"]) == {}


async def test_an_erasure_waits_for_every_job_that_may_say_the_name(choir: Choir) -> None:
    voice = await choir.enrols(NAME, ANA)
    meeting = await choir.meets(*TALK)
    await choir.redoes(meeting, "minutes")
    subtitles = await choir.takes_text(meeting)
    begun = await choir.asks("DELETE", f"/api/voices/{voice['id']}", status=202)
    assert not begun["finished"]
    assert await choir.parts.voices.service.known(PERSONAL_PROJECT) == []
    assert await choir.speakers(meeting) == ["speaker_1", "speaker_2"]
    await choir.ends(meeting)
    await choir.parts.voices.erasing.resume()
    async with choir.parts.database.reading() as session:
        ended = (await choir.asks("GET", f"/api/jobs/{subtitles['id']}"))["state"] == "succeeded"
        gone = await session.get(Voiceprint, UUID(voice["clips"][0]["id"])) is None
    assert gone == ended, "it goes when the last of them has ended, and not before"
    if not ended:
        await choir.ends(subtitles)
    await choir.parts.voices.erasing.resume()
    assert await left_of(choir, NAME, voice["id"]) == {}


async def test_what_a_run_wrote_since_its_files_were_looked_at_is_looked_at_again(choir: Choir) -> None:
    voice = await choir.enrols(NAME, ANA)
    meeting = await choir.meets(*TALK)
    parts = choir.parts

    class RunsMeanwhile(VoiceForgetting):
        """A job begins when it was seen that none is under way, and ends before that is seen again."""

        async def forget_meetings(self, project_id: UUID | None = None) -> int:
            await choir.redoes(meeting, "minutes")
            await choir.ends(meeting)
            return await super().forget_meetings(project_id)

    erasing = VoiceErasing(
        ErasingParts(
            database=parts.database,
            store=parts.store,
            scrubber=HistoryScrubber(parts.database, parts.store, parts.archive),
            amending=JobAmending(parts.database, parts.store),
            forgetting=RunsMeanwhile(parts.database, parts.store),
            retell=lambda *_: None,
        )
    )
    await erasing.erase(PERSONAL_PROJECT, UUID(voice["id"]))
    await parts.voices.erasing.resume()
    assert await left_of(choir, NAME, voice["id"]) == {}


async def test_an_erasure_that_is_ended_by_several_at_once_ends(choir: Choir) -> None:
    voice = await choir.enrols(NAME, ANA)
    await choir.meets(*TALK)
    erasing, voice_id = choir.parts.voices.erasing, UUID(voice["id"])
    done = await asyncio.gather(
        erasing.erase(PERSONAL_PROJECT, voice_id), erasing.erase(PERSONAL_PROJECT, voice_id), erasing.resume()
    )
    assert done[0].finished
    assert done[1].finished
    assert await left_of(choir, NAME, voice["id"]) == {}


async def test_the_traces_of_another_voice_stay(choir: Choir) -> None:
    before = await choir.enrols(NAME, ANA)
    meeting = await choir.meets(*TALK)
    await ends_consent(choir, before["id"], days_ago=2)
    now = await choir.enrols("Anabel", ANA)
    await choir.asks("POST", f"/api/voices/{now['id']}/name-past-meetings")
    assert await choir.speakers(meeting) == ["Anabel", "speaker_2"]
    assert (await choir.asks("DELETE", f"/api/voices/{before['id']}"))["finished"]
    assert await left_of(choir, NAME, before["id"]) == {}
    assert await choir.speakers(meeting) == ["Anabel", "speaker_2"]
    assert (await choir.asks("DELETE", f"/api/voices/{now['id']}"))["finished"]
    assert await left_of(choir, "Anabel", now["id"]) == {}


async def test_a_name_that_a_person_gave_goes_with_the_voice_learned_from_there(choir: Choir) -> None:
    meeting = await choir.meets(*TALK)
    await corrects(choir, meeting, "speaker_2", "Benedict")
    wish = {"name": "B. Quill", "consent": CONSENT, "transcript_id": meeting["transcript_id"]}
    voice = await choir.asks(
        "POST", "/api/voices/from-speaker", json={**wish, "speaker": "Benedict"}, status=201
    )
    await choir.ends(await choir.takes_text(meeting))
    await choir.asks("DELETE", f"/api/transcripts/{meeting['transcript_id']}", status=204)
    assert (await choir.asks("DELETE", f"/api/voices/{voice['id']}"))["finished"]
    assert await left_of(choir, "Benedict", "B. Quill", voice["id"]) == {}


async def test_a_past_meeting_is_not_named_by_a_voice_that_goes_meanwhile(choir: Choir) -> None:
    meeting = await choir.meets(*TALK)
    voice = await choir.enrols(NAME, ANA)
    samples = choir.parts.voices.samples

    class GoesMeanwhile(VoiceSamples):
        """While it listens, somebody else erases the voice."""

        def __init__(self) -> None:
            """It listens with the ears of the installation."""

        async def spoken(self, project_id: UUID, job_id: UUID) -> Diarization | None:
            heard = await samples.spoken(project_id, job_id)
            await choir.asks("DELETE", f"/api/voices/{voice['id']}")
            return heard

    parts = choir.parts
    naming = VoiceNaming(
        parts.database,
        parts.voices.service,
        GoesMeanwhile(),
        parts.transcripts,
        certainty=parts.voices.certainty,
        speakers_of=speakers_of,
    )
    with pytest.raises(VoiceBeingErased):
        await naming.name_past(PERSONAL_PROJECT, UUID(voice["id"]), None, 5, "owner")
    assert await left_of(choir, NAME, voice["id"]) == {}
    assert await choir.speakers(meeting) == ["speaker_1", "speaker_2"]


async def test_no_meeting_that_has_ended_holds_what_its_speakers_sound_like(choir: Choir) -> None:
    forgetting = choir.parts.voices.forgetting
    meeting = await choir.meets((BEN, 5))
    assert not await forgetting.anything_held()
    # As a meeting that failed after it had heard its speakers.
    stored = await choir.parts.store.put_bytes(f"jobs/{meeting['id']}/1/x/{VOICES_JSON}", b"{}")
    async with choir.parts.database.writing() as session:
        session.add(
            Artifact(
                job_id=UUID(meeting["id"]), name=VOICES_JSON, kind="work", object_key=stored.key,
                media_type="application/json", size_bytes=2, sha256=stored.sha256,
            )
        )  # fmt: skip
    assert await forgetting.anything_held()
    assert await forgetting.forget_meetings() == 1
    assert not await forgetting.anything_held()
    assert not await choir.parts.store.exists(stored.key)
