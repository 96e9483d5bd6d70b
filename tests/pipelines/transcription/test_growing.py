"""Which engine heard which words, as the document and a run that follows know it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.jobs.table import JobTable

from surtitle.clock import utc_now
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.jobs import EventType
from surtitle.domain.keeping import KeptKind, plan_for
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import RecognizedSegment, RecognizedWindow, RecognizedWord, WindowCursor
from surtitle.domain.transcript import Origin
from surtitle.jobs.ageing import JobAgeing
from surtitle.jobs.queue import Claim, Failure
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.transcription.growing import GrowingTranscript
from surtitle.pipelines.transcription.hearing import HeardWindow
from surtitle.pipelines.transcription.saving import TRANSCRIPT_TXT
from surtitle.transcripts.schema import read_transcript, transcript_json

FIRST = Origin("whisper", "large", "float16", "cuda")
LIGHTER = Origin("whisper", "large", "int8", "cuda")


def heard(index: int, text: str | None, origin: Origin, warnings: Sequence[str] = ()) -> HeardWindow:
    """A window of a second with one word, or none."""
    words = (RecognizedWord(f" {text}", index, index + 1, 1.0),) if text else ()
    segments = (RecognizedSegment(index, index + 1, words, "en"),) if words else ()
    following = WindowCursor(index + 1, (index + 1) * 16_000, "en")
    return HeardWindow(RecognizedWindow(index, index + 1, segments, following), origin, tuple(warnings))


async def growing(table: JobTable) -> GrowingTranscript:
    """The transcript of a running job, as a run of it begins with it."""
    context = StepContext(
        await table.work(await table.claim()), "transcription", TranscriptionOptions(), 0.0, 1.0, None
    )
    begun = GrowingTranscript(context, 10.0)
    await begun.resume()
    return begun


async def test_words_name_the_setup_that_heard_them_also_after_a_run_that_follows(table: JobTable) -> None:
    job = await table.add()
    text = await growing(table)
    await text.join(heard(0, None, LIGHTER))
    await text.join(heard(1, "one", FIRST))
    await text.join(heard(2, "two", LIGHTER, ["Memory ran out."]))
    warnings = (await table.job(job.id)).warnings
    assert warnings == [{"detail": "Memory ran out.", "step": "transcription"}]
    await table.queue.hand_back(Claim(job.id, 1, 1))
    again = await growing(table)
    assert again.next == WindowCursor(3, 48_000, "en")
    await again.join(heard(3, "three", FIRST))
    transcript = again.transcript(Origin("other", "", "", ""))
    assert (transcript.origin, transcript.origins) == (FIRST, {"engine-2": LIGHTER})
    assert [(word.text, word.origin) for word in transcript.words] == [
        ("one", None), ("two", "engine-2"), ("three", None),
    ]  # fmt: skip
    assert read_transcript(transcript_json(transcript)) == transcript


async def test_what_is_told_word_by_word_is_the_text_also_in_chinese(table: JobTable) -> None:
    job = await table.add()
    text = await growing(table)
    for index, word in enumerate(["我们今天", "去看电影。", "OK", "好"]):
        await text.join(heard(index, word, FIRST))
    told = await table.events(job.id)
    deltas = [data["text"] for kind, data in told if kind is EventType.DELTA]
    assert "".join(deltas) == text.transcript(FIRST).text == "我们今天去看电影。 OK 好"


async def test_a_silent_recording_is_of_the_engine_that_was_chosen(table: JobTable) -> None:
    await table.add()
    text = await growing(table)
    await text.join(heard(0, None, LIGHTER))
    assert text.transcript(FIRST).origin == FIRST


async def uncounted(session: AsyncSession, kind: str, count: int = 1, size_bytes: int = 0) -> None:
    """Nobody asks how much went by age."""


@pytest.mark.parametrize(("gone", "left"), [(KeptKind.TRANSCRIPT, ""), (KeptKind.SUBTITLES, "one two")])
async def test_what_was_told_of_a_text_goes_with_it_and_not_before(
    table: JobTable, gone: KeptKind, left: str
) -> None:
    job = await table.add(recipe="subtitles")
    text, claim = await growing(table), Claim(job.id, 1, 1)
    for index, word in enumerate(["one", "two"]):
        await text.join(heard(index, word, FIRST))
    work = await table.work(claim)
    for name in (TRANSCRIPT_TXT, "subtitles.srt"):
        await work.save(name, b"one two", media_type="text/plain")
    if gone is KeptKind.SUBTITLES:
        # A step that may be tried again.
        await work.give_up_step("subtitles", "It broke.")
    assert await table.queue.succeed(claim, {})
    ageing = JobAgeing(table.database, table.store, table.service)
    await ageing.clear(PERSONAL_PROJECT, plan_for([gone], utc_now() + timedelta(days=1)), uncounted)
    told = await table.events(job.id)
    assert "".join(data["text"] for kind, data in told if kind is EventType.DELTA) == left


@pytest.mark.parametrize("gone", [KeptKind.WORKING_FILE, KeptKind.TRANSCRIPT])
async def test_a_text_is_told_once_whatever_went_by_age_before_the_job_runs_again(
    table: JobTable, gone: KeptKind
) -> None:
    job = await table.add()
    text, claim = await growing(table), Claim(job.id, 1, 1)
    for index, word in enumerate(["one", "two"]):
        await text.join(heard(index, word, FIRST))
    await (await table.work(claim)).save(TRANSCRIPT_TXT, b"one", media_type="text/plain")
    await table.queue.fail(claim, Failure("engine-failed", "It broke.", passing=False))
    ageing = JobAgeing(table.database, table.store, table.service)
    await ageing.clear(PERSONAL_PROJECT, plan_for([gone], utc_now() + timedelta(days=1)), uncounted)
    await table.service.retry(PERSONAL_PROJECT, job.id)
    again = await growing(table)
    assert again.next.index == (0 if gone is KeptKind.WORKING_FILE else 2)
    for index, word in list(enumerate(["one", "two", "three"]))[again.next.index :]:
        await again.join(heard(index, word, FIRST))
    told = await table.events(job.id)
    assert "".join(data["text"] for kind, data in told if kind is EventType.DELTA) == "one two three"
    assert [kind for kind, _ in told].count(EventType.SEGMENT) == 3
    assert again.transcript(FIRST).text == "one two three"
