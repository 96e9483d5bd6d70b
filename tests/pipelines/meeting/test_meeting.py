"""Whole meetings by a real worker, with the engine `dummy` and a made-up diarizer."""

import io
import json
import zipfile
from typing import Any

import pytest
from tests.pipelines.meeting.conftest import Meetings

from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.jobs import EventType, JobState, StepState
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.errors import StepNotFound, StepStateConflict
from surtitle.jobs.service import JobDetail
from surtitle.pipelines.result_files import formats_of
from surtitle.transcripts.errors import SpeakersNotToldApart
from surtitle.transcripts.operations import Operation, ReplaceText, SetSegments

FIRST = "This is a rehearsal, not a transcript."
SECOND = "The dummy engine hears nothing at all."


def said(result: dict[str, Any]) -> list[tuple[str | None, str]]:
    return [(turn["speaker"], turn["text"]) for turn in result["fusion"]]


def states(detail: JobDetail) -> dict[str, str]:
    return {step.name: step.state for step in detail.steps}


async def test_a_meeting_says_who_said_what(meetings: Meetings) -> None:
    detail = await meetings.hold()
    assert (detail.job.state, detail.job.warnings) == (JobState.SUCCEEDED, [])
    result = json.loads(await meetings.file(detail, None))
    assert said(result)[:2] == [("speaker_1", FIRST), ("speaker_2", SECOND)]
    assert [one["speaker"] for one in result["speakers"]] == ["speaker_1", "speaker_2"]
    assert result["recording"]["transcript_revision"] == 2
    assert await meetings.file(detail, "json") == await meetings.artifact(detail, "result.json")
    # Crosstalk: both turns stay, and each word is in one of them.
    first, second = result["fusion"][:2]
    assert second["start_seconds"] < first["end_seconds"]
    assert (first["overlapped"], second["overlapped"]) == (True, True)
    words = [word for turn in result["fusion"] for word in turn["words"]]
    spoken = [word["id"] for segment in result["transcription"]["segments"] for word in segment["words"]]
    assert sorted(words) == sorted(spoken)


async def test_every_format_names_the_speakers(meetings: Meetings) -> None:
    detail = await meetings.hold()
    assert formats_of(detail)[0] == "json"
    assert f"Speaker 1: {FIRST}" in (await meetings.file(detail, "txt")).decode()
    assert "Speaker 1: This is a" in (await meetings.file(detail, "srt")).decode()
    assert "<v Speaker 2>The dummy" in (await meetings.file(detail, "vtt")).decode()
    assert f"**Speaker 2** `0:00:05` {SECOND}" in (await meetings.file(detail, "md")).decode()
    rttm = (await meetings.file(detail, "rttm")).decode().splitlines()
    assert rttm[1] == "SPEAKER stand-up 1 4.500 5.500 <NA> <NA> speaker_2 <NA> <NA>"
    word = zipfile.ZipFile(io.BytesIO(await meetings.file(detail, "docx"))).read("word/document.xml")
    assert b"Speaker 2: " in word
    # Embeddings are biometric data: they are gone when the meeting is over.
    kept = json.loads(await meetings.artifact(detail, "diarization.json"))
    assert [voice["embedding"] for voice in kept["voices"]] == [None, None]
    assert await meetings.working_files(detail) == []


async def test_the_files_follow_the_corrections_of_people(meetings: Meetings) -> None:
    detail = await meetings.hold()
    assert detail.job.transcript_id is not None
    wishes: list[Operation] = [
        SetSegments(op="set_segments", segments=("s1", "s3"), speaker="Ana"),
        ReplaceText(op="replace_text", find="rehearsal", replace="première"),
    ]
    await meetings.installation.transcripts.revise(PERSONAL_PROJECT, detail.job.transcript_id, 2, wishes)
    detail = await meetings.detail(detail.job.id)
    result = json.loads(await meetings.file(detail, "json"))
    assert said(result)[0] == ("Ana", "This is a première, not a transcript.")
    assert result["speakers"][0]["labels"] == ["speaker_1"]
    assert (await meetings.file(detail, "rttm")).decode().splitlines()[0].split()[7] == "Ana"
    assert json.loads(await meetings.artifact(detail, "result.json"))["recording"]["transcript_revision"] == 2


async def test_a_job_on_a_text_with_labels_tells_apart_anew_whom_nobody_named(meetings: Meetings) -> None:
    first = await meetings.hold()
    assert first.job.transcript_id is not None
    wish: list[Operation] = [SetSegments(op="set_segments", segments=("s1",), speaker="Ana")]
    await meetings.installation.transcripts.revise(PERSONAL_PROJECT, first.job.transcript_id, 2, wish)
    again = NewJob(
        PERSONAL_PROJECT, "meeting", None, {"diarization": {"speakers": 3}},
        transcript_id=first.job.transcript_id,
    )  # fmt: skip
    job = await meetings.installation.jobs.create(again)
    detail = await meetings.run(await meetings.detail(job.id))
    told = json.loads(await meetings.file(detail, "json"))["transcription"]["segments"]
    assert [segment["speaker"] for segment in told][:3] == ["Ana", "speaker_2", "speaker_3"]


@pytest.mark.parametrize("how", ["refuses", "dies"])
async def test_a_diarization_that_fails_leaves_the_words(meetings: Meetings, how: str) -> None:
    meetings.fault.write_text(how)
    detail = await meetings.hold()
    assert detail.job.state == JobState.SUCCEEDED
    assert states(detail)["diarization"] == StepState.FAILED
    assert [warning["step"] for warning in detail.job.warnings] == ["diarization"]
    result = json.loads(await meetings.file(detail, "json"))
    assert result["diarization"] is None
    assert said(result)[0][0] is None
    assert FIRST in result["transcription"]["text"]
    step_again = f"jobs/{detail.job.id}/steps/diarization/retry"
    with pytest.raises(SpeakersNotToldApart, match=step_again):
        await meetings.file(detail, "rttm")
    assert detail.job.transcript_id is not None
    wish: list[Operation] = [SetSegments(op="set_segments", segments=("s1",), speaker="Ana")]
    await meetings.installation.transcripts.revise(PERSONAL_PROJECT, detail.job.transcript_id, 1, wish)
    assert b" Ana " in await meetings.file(await meetings.detail(detail.job.id), "rttm")


async def test_a_failed_step_is_done_again_alone_and_on_the_edited_text(meetings: Meetings) -> None:
    jobs = meetings.installation.jobs
    meetings.fault.write_text("refuses")
    detail = await meetings.hold()
    transcript_id = detail.job.transcript_id
    assert transcript_id is not None
    heard = {step.name: step.seconds for step in detail.steps}["transcription"]
    wishes: list[Operation] = [
        SetSegments(op="set_segments", segments=("s2",), speaker="Ana"),
        ReplaceText(op="replace_text", find="rehearsal", replace="première"),
    ]
    await meetings.installation.transcripts.revise(PERSONAL_PROJECT, transcript_id, 1, wishes)
    meetings.fault.unlink()
    job = await jobs.retry_step(PERSONAL_PROJECT, detail.job.id, "diarization")
    assert (job.state, job.warnings) == (JobState.QUEUED, [])
    detail = await meetings.run(await meetings.detail(job.id))
    assert set(states(detail).values()) == {StepState.DONE}
    assert {step.name: step.seconds for step in detail.steps}["transcription"] == heard
    told = said(json.loads(await meetings.file(detail, "json")))
    assert told[0] == ("speaker_1", "This is a première, not a transcript.")
    assert ("Ana", SECOND) in told
    told_of = [event.type async for event in jobs.follow(job.id, 0)]
    assert told_of.count(EventType.COMPLETED) == 2
    assert await meetings.used_seconds() == 20.0


async def test_what_is_turned_off_is_not_done_and_cannot_be_retried(meetings: Meetings) -> None:
    detail = await meetings.hold(diarization={"enabled": False})
    assert detail.job.warnings == []
    assert "diarization.json" not in [artifact.name for artifact in detail.artifacts]
    assert json.loads(await meetings.file(detail, "json"))["diarization"] is None
    with pytest.raises(SpeakersNotToldApart, match="told not to"):
        await meetings.file(detail, "rttm")
    jobs = meetings.installation.jobs
    with pytest.raises(StepStateConflict, match="'diarization' of job"):
        await jobs.retry_step(PERSONAL_PROJECT, detail.job.id, "diarization")
    with pytest.raises(StepNotFound, match="transcription, diarization"):
        await jobs.retry_step(PERSONAL_PROJECT, detail.job.id, "karaoke")
