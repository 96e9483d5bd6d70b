"""The step `result`: everything that the meeting's steps made, in one document."""

import asyncio
from pathlib import PurePosixPath

from surtitle.domain.options import MeetingJobOptions
from surtitle.pipelines.meeting.reading import RESULT_JSON, read_meeting
from surtitle.pipelines.meeting.schema import result_json
from surtitle.pipelines.step import StepContext
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.labelling import newest_text
from surtitle.transcripts.schema import read_transcript


class ResultStep:
    """Makes `result.json`, however the optional steps before it ended."""

    def __init__(self, archive: RevisionArchive) -> None:
        self._archive = archive

    async def run(self, context: StepContext[MeetingJobOptions]) -> None:
        work = context.work
        names = {artifact.name for artifact in await work.artifacts()}
        newest = await newest_text(work, self._archive)
        if newest is not None:
            transcript, revision = newest.transcript, newest.revision
        else:
            transcript, revision = read_transcript(await work.read("transcript.json")), None
        meeting = await read_meeting(names, work.read, transcript, revision)
        name = PurePosixPath(work.media.name).stem if work.media else ""
        document = await asyncio.to_thread(result_json, meeting, name)
        await work.save(RESULT_JSON, document, media_type="application/json")
