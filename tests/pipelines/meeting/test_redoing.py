"""Meetings whose steps are done again: after a failure, after somebody stopped them."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.fakes.chat_endpoint import Answer, ChatEndpoint, chat_endpoint, completion
from tests.pipelines.meeting.conftest import Meetings

from surtitle.config import WritingSettings
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.jobs import JobState, StepState
from surtitle.domain.minutes import MinutesMethod, read_minutes
from surtitle.hub import job_topic

NOTES = {"title": "", "summary": [], "decisions": [], "actions": [], "open_questions": [], "chapters": []}
WORDS_ONLY = {"diarization": {"enabled": False}}


class Writer:
    """A language model that notes nothing, and answers `left` requests before it fails."""

    def __init__(self) -> None:
        self.left: float = 1

    def reply(self, body: dict[str, Any]) -> Answer:
        self.left -= 1
        if self.left < 0:
            return 503, b"busy"
        is_section = "lines" in json.loads(body["messages"][-1]["content"])
        return completion(json.dumps(NOTES if is_section else {"title": "", "summary": []}))


@pytest.fixture
def writer() -> Writer:
    return Writer()


@pytest.fixture
def endpoint(writer: Writer) -> Iterator[ChatEndpoint]:
    with chat_endpoint(writer.reply) as running:
        yield running


@pytest.fixture
def writing(endpoint: ChatEndpoint) -> WritingSettings:
    """So little is read at once that five minutes are several sections."""
    return WritingSettings(url=endpoint.url, model="small", context_tokens=2560, answer_tokens=512)


async def test_minutes_that_failed_after_the_first_section_are_written_when_done_again(
    meetings: Meetings, writer: Writer
) -> None:
    jobs = meetings.installation.jobs
    detail = await meetings.hold(seconds=300.0, **WORDS_ONLY)
    assert detail.job.state == JobState.SUCCEEDED
    assert [warning["step"] for warning in detail.job.warnings] == ["minutes"]
    assert await meetings.working_files(detail) == []

    async def minutes_again() -> MinutesMethod:
        job = await jobs.retry_step(PERSONAL_PROJECT, detail.job.id, "minutes")
        again = await meetings.run(await meetings.detail(job.id))
        assert again.job.state == JobState.SUCCEEDED
        return read_minutes(await meetings.artifact(again, "minutes.json")).method

    writer.left = 1
    assert await minutes_again() is MinutesMethod.EXTRACTED
    writer.left = float("inf")
    assert await minutes_again() is MinutesMethod.WRITTEN
    ended = await meetings.detail(detail.job.id)
    assert (ended.job.warnings, {step.state for step in ended.steps}) == ([], {StepState.DONE})


async def test_a_meeting_that_is_cancelled_while_voices_are_told_apart_goes_on_there(
    meetings: Meetings, writer: Writer
) -> None:
    writer.left = float("inf")
    jobs = meetings.installation.jobs
    meetings.fault.write_text("hangs")
    detail = await meetings.accept()
    running = asyncio.create_task(meetings.run(detail))
    with meetings.installation.hub.listen(job_topic(detail.job.id)) as listener:
        while await meetings.state_of(detail, "diarization") != StepState.RUNNING:
            await listener.wait(0.1)
    await jobs.cancel(PERSONAL_PROJECT, detail.job.id)
    stopped = await running
    assert stopped.job.state == JobState.CANCELLED
    scratch = meetings.installation.settings.scratch_directory
    assert [path for path in scratch.rglob("*") if path.is_file()] == []
    heard = {step.name: step.seconds for step in stopped.steps}["transcription"]
    meetings.fault.unlink()
    await jobs.retry(PERSONAL_PROJECT, detail.job.id)
    ended = await meetings.run(await meetings.detail(detail.job.id))
    assert (ended.job.state, {step.state for step in ended.steps}) == (JobState.SUCCEEDED, {StepState.DONE})
    assert {step.name: step.seconds for step in ended.steps}["transcription"] == heard
