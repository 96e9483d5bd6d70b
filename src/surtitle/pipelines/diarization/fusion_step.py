"""The step `fusion`: words get speakers and names, as a revision of the transcript."""

import asyncio
from functools import partial

from surtitle.domain.options import MeetingJobOptions
from surtitle.domain.speakers import (
    DIARIZATION_JSON,
    SPEAKERS_JSON,
    Diarization,
    read_diarization,
    read_speaker_names,
)
from surtitle.domain.transcript import Transcript
from surtitle.jobs.work import JobWork
from surtitle.pipelines.diarization.fusion import with_speakers, without_labels
from surtitle.pipelines.step import StepContext
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.exports import txt_file
from surtitle.transcripts.labelling import label
from surtitle.transcripts.schema import read_transcript, transcript_json

_TRANSCRIPT_JSON = "transcript.json"
_TRANSCRIPT_TXT = "transcript.txt"
# What a text that was taken from elsewhere has as the number of the revision that is made of it.
_BORROWED = 0


class FusionStep:
    """Rewrites `transcript.json` and `transcript.txt`. Without a diarization nothing changes."""

    def __init__(self, archive: RevisionArchive) -> None:
        self._archive = archive

    async def run(self, context: StepContext[MeetingJobOptions]) -> None:
        work = context.work
        made = {artifact.name for artifact in await work.artifacts()}
        if DIARIZATION_JSON not in made:
            return
        diarization = read_diarization(await work.read(DIARIZATION_JSON))
        names = await _names(work) if SPEAKERS_JSON in made else {}
        relabel = partial(_relabelled, diarization=diarization, names=names)
        labelled = await label(work, self._archive, relabel, diarization.engine)
        if labelled is not None:
            await _save(work, labelled.transcript)
            return
        borrowed = read_transcript(await work.read(_TRANSCRIPT_JSON))
        # Its labels are of another diarization: `speaker_1` there need not be `speaker_1` here.
        await _save(work, await asyncio.to_thread(relabel, without_labels(borrowed), _BORROWED))


def _relabelled(
    transcript: Transcript, revision: int, *, diarization: Diarization, names: dict[str, str]
) -> Transcript:
    return with_speakers(transcript, diarization.turns, names, revision)


async def _names(work: JobWork) -> dict[str, str]:
    names = read_speaker_names(await work.read(SPEAKERS_JSON))
    return {one.speaker: one.name for one in names.speakers if one.name}


async def _save(work: JobWork, transcript: Transcript) -> None:
    title = work.media.name if work.media else ""
    await work.save(_TRANSCRIPT_JSON, transcript_json(transcript), media_type="application/json")
    await work.save(_TRANSCRIPT_TXT, txt_file(transcript, title), media_type="text/plain; charset=utf-8")
