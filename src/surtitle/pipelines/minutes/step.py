"""The step `minutes`: picked from the transcript always, and written as well where there is a writer."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from pydantic import TypeAdapter

from surtitle.domain.languages import language_name
from surtitle.domain.minutes import Minutes, minutes_json
from surtitle.domain.options import MeetingJobOptions
from surtitle.domain.transcript import Transcript
from surtitle.engines.writing import UnusableAnswer, Writer, WriterAway, WriterRefuses, Writers
from surtitle.jobs.work import JobWork
from surtitle.pipelines.minutes.errors import MinutesNotWritten, MinutesNotWrittenYet
from surtitle.pipelines.minutes.extraction import extracted, kept_readings
from surtitle.pipelines.minutes.forms import SectionNotes
from surtitle.pipelines.minutes.markdown import minutes_md
from surtitle.pipelines.minutes.wording import KNOWN
from surtitle.pipelines.minutes.writing import Draft, written
from surtitle.pipelines.step import StepContext
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.labelling import newest_text
from surtitle.transcripts.schema import read_transcript, transcript_json

MINUTES_JSON = "minutes.json"
MINUTES_MD = "minutes.md"
_NOTES_JSON = "minutes-notes.json"
_NOTES = TypeAdapter(list[SectionNotes])


class MinutesStep:
    """Makes `minutes.json` and `minutes.md`. The extracted ones are kept first, so that a writer which fails
    takes nothing away; its failure then ends the step, which can be done again alone.
    """

    def __init__(self, writers: Writers, archive: RevisionArchive) -> None:
        self._writers = writers
        self._archive = archive

    async def run(self, context: StepContext[MeetingJobOptions]) -> None:
        if not context.options.minutes.enabled:
            return
        work = context.work
        newest = await newest_text(work, self._archive)
        transcript = newest.transcript if newest else read_transcript(await work.read("transcript.json"))
        title = PurePosixPath(work.media.name).stem if work.media else ""
        picked = await asyncio.to_thread(extracted, transcript, title)
        await _save(work, picked)
        writer = self._writers.named(context.options.minutes.writer)
        if writer is None:
            await _warn(context, transcript)
        elif transcript.words:
            await _save(work, await _written(context, writer, transcript, picked))


async def _written(
    context: StepContext[MeetingJobOptions], writer: Writer, transcript: Transcript, picked: Minutes
) -> Minutes:
    language = context.options.minutes.language or transcript.written_language
    draft = Draft(picked, await asyncio.to_thread(kept_readings, transcript), language)
    of = await asyncio.to_thread(_fingerprint, transcript, writer, language)

    async def on_notes(notes: Sequence[SectionNotes], count: int) -> None:
        # A long meeting is an hour of a model's time: none of it is asked for twice.
        await context.work.save(
            _NOTES_JSON, _NOTES.dump_json(list(notes)), media_type="application/json", kind="work",
            step=context.name, cursor={"of": of},
        )  # fmt: skip
        await context.progress(len(notes) / (count + 1))

    try:
        return await written(writer, draft, await _noted(context, of), on_notes)
    except WriterAway as error:
        raise MinutesNotWrittenYet(error.message) from error
    except (WriterRefuses, UnusableAnswer) as error:
        raise MinutesNotWritten(error.message) from error


async def _noted(context: StepContext[MeetingJobOptions], of: str) -> list[SectionNotes]:
    """The notes of an earlier run, if they are on this text, by this writer."""
    cursor: dict[str, Any] = context.cursor or {}
    if cursor.get("of") != of:
        return []
    kept = {artifact.name for artifact in await context.work.artifacts()}
    # Working files go when a job succeeds, and it may have done so without these minutes.
    return _NOTES.validate_json(await context.work.read(_NOTES_JSON)) if _NOTES_JSON in kept else []


def _fingerprint(transcript: Transcript, writer: Writer, language: str | None) -> str:
    whole = hashlib.sha256(transcript_json(transcript))
    whole.update(f"{writer.name} {writer.model} {writer.material_bytes} {language}".encode())
    return whole.hexdigest()


async def _warn(context: StepContext[MeetingJobOptions], transcript: Transcript) -> None:
    """What sentences that are picked cannot do."""
    wanted = context.options.minutes.language
    if wanted is not None and wanted != transcript.written_language:
        await context.work.warn(
            f"The minutes are not in {language_name(wanted)}: they are sentences of the recording, which are "
            "not translated. That takes a language model.",
            step=context.name,
        )
    written = transcript.written_language
    if written is not None and written not in KNOWN:
        await context.work.warn(
            f"Decisions, actions and questions in {language_name(written)} are not found without "
            "a language model: only English, French and Spanish are known.",
            step=context.name,
        )


async def _save(work: JobWork, minutes: Minutes) -> None:
    await work.save(MINUTES_JSON, minutes_json(minutes), media_type="application/json")
    await work.save(MINUTES_MD, minutes_md(minutes), media_type="text/markdown; charset=utf-8")
