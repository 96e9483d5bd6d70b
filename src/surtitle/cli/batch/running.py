"""Each file through the installation's own job table, by a worker in this process."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from surtitle.bootstrap.installation import Installation
from surtitle.cli.batch.claim import GOING_ON, Claim, WorkKept, claimed, work_key
from surtitle.cli.batch.following import end_job, follow
from surtitle.cli.batch.inputs import Source
from surtitle.cli.batch.outputs import UNWRITTEN, Target, look_ahead, write
from surtitle.cli.batch.reading import chunks_of
from surtitle.cli.batch.view import Outcome, View
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.db.repeats import KeyReused
from surtitle.domain.jobs import JobState
from surtitle.errors import NotFound, SurtitleError
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.errors import JobNotFound
from surtitle.media.errors import MediaInUse
from surtitle.pipelines.job_documents import JobDocuments
from surtitle.pipelines.results import ResultService
from surtitle.transcripts.errors import SpeakersNotToldApart

_SURFACE = "cli"


class NoTurns(SurtitleError):
    """A command's job goes with the command, and cannot do its step again."""

    slug = "no-turns"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The speakers were not told apart, so there are no turns to write. {why} Mend that and run the "
            "command again. With --keep, `surtitle jobs retry` can do that step alone."
        )


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with every file."""

    recipe: str
    options: dict[str, Any]
    keep: bool = False
    overwrite: bool = False


class Batch:
    """Works on files one after another. `own_jobs` grows as jobs are made: the worker's `only`."""

    def __init__(self, installation: Installation, order: Order, view: View) -> None:
        self.own_jobs: list[UUID] = []
        self._media = installation.media
        self._jobs = installation.jobs
        documents = JobDocuments(installation.jobs, installation.media, installation.archive)
        self._results = ResultService(installation.jobs, installation.media, documents)
        self._claims = installation.settings.data_dir / "commands"
        self._order = order
        self._view = view

    async def run(
        self, sources: Sequence[Source], plans: Sequence[Sequence[Target]], outcomes: list[Outcome]
    ) -> None:
        """Adds one outcome a file, in order; a file that fails does not stop the others."""
        for number, (source, targets) in enumerate(zip(sources, plans, strict=True), 1):
            outcome = Outcome(source)
            outcomes.append(outcome)
            self._view.begin(source, number, len(sources))
            began = time.monotonic()
            try:
                await self._one(outcome, targets)
                outcome.state = JobState.SUCCEEDED
            except (SurtitleError, OSError) as error:
                outcome.error = error.message if isinstance(error, SurtitleError) else f"{error}"
            except asyncio.CancelledError:
                outcome.state, outcome.error = JobState.CANCELLED, "stopped"
                raise
            outcome.seconds = time.monotonic() - began
            self._view.end(outcome)

    async def _one(self, outcome: Outcome, targets: Sequence[Target]) -> None:
        work = await asyncio.to_thread(work_key, outcome.source, self._order.recipe, self._order.options)
        with claimed(self._claims, work, keep=self._order.keep) as claim:
            if claim.left_over:
                self._view.note(GOING_ON)
            may_exist = claim.left_over or self._order.overwrite
            await asyncio.to_thread(look_ahead, targets, claim.tag, may_exist=may_exist)
            media = await self._receive(outcome.source, claim)
            outcome.media_seconds = media.duration_seconds
            job: Job | None = None
            try:
                job = await self._job(media, claim)
                # From now on it is for this command to end what is there.
                claim.waits = False
                outcome.job_id = str(job.id) if claim.keep else None
                await follow(self._jobs, job, self._view, outcome)
                await self._write(job.id, targets, outcome, claim)
            except UNWRITTEN as error:
                if claim.note is None or job is None:
                    raise
                claim.waits, outcome.job_id = True, str(job.id)
                raise WorkKept(error.message) from error
            finally:
                if not claim.waits:
                    # Also when Ctrl-C cancels us: what is begun here is ended here.
                    await asyncio.shield(asyncio.ensure_future(self._clean_up(claim, media, job)))

    async def _receive(self, source: Source, claim: Claim) -> Media:
        self._view.stage("reading")
        try:
            return await self._received(source, claim)
        except (KeyReused, NotFound):
            # The file was changed without its time being changed, or its first copy was deleted meanwhile.
            claim.begin_afresh()
            return await self._received(source, claim)

    async def _received(self, source: Source, claim: Claim) -> Media:
        size = source.path.stat().st_size if source.path else None
        return await self._media.receive(
            PERSONAL_PROJECT,
            source.name,
            chunks_of(source.path),
            content_length=size,
            idempotency_key=claim.key,
        )

    async def _job(self, media: Media, claim: Claim) -> Job:
        wish = NewJob(PERSONAL_PROJECT, self._order.recipe, media.id, self._order.options, surface=_SURFACE)
        try:
            job = await self._jobs.create(wish, claim.key)
        except (KeyReused, JobNotFound):
            # The earlier job's recording was deleted meanwhile, so that this is another.
            claim.begin_afresh()
            job = await self._jobs.create(wish, claim.key)
        self.own_jobs.append(job.id)
        if job.state in {JobState.FAILED, JobState.CANCELLED}:
            return await self._jobs.retry(PERSONAL_PROJECT, job.id)
        return job

    async def _write(self, job_id: UUID, targets: Sequence[Target], outcome: Outcome, claim: Claim) -> None:
        """Write what can be written, then raise the first error; one of a place goes before others."""
        self._view.stage("writing")
        failures: list[SurtitleError | OSError] = []
        for target in targets:
            try:
                file = await self._results.result(PERSONAL_PROJECT, job_id, target.wanted.format)
                chunks = file.open(0, file.size_bytes)
                await write(target, chunks, overwrite=self._order.overwrite, tag=claim.tag)
                outcome.outputs.append(target.shown)
            except SpeakersNotToldApart as error:
                failures.append(error if claim.keep else NoTurns(error.why))
            except (SurtitleError, OSError) as error:
                failures.append(error)
        if failures:
            raise next((error for error in failures if isinstance(error, UNWRITTEN)), failures[0])

    async def _clean_up(self, claim: Claim, media: Media, job: Job | None) -> None:
        """Leave no work running and, unless it was asked for, nothing behind."""
        # Until all of it is done.
        claim.waits = True
        if job is not None and not await end_job(self._jobs, job.id):
            # Its worker died under us; the next command or server takes it up.
            return
        if job is not None and not claim.keep:
            await self._jobs.delete(PERSONAL_PROJECT, job.id)
        if not claim.keep:
            # The same recording may serve another command at this moment.
            with suppress(MediaInUse, NotFound):
                await self._media.delete(PERSONAL_PROJECT, media.id)
        claim.waits = False
