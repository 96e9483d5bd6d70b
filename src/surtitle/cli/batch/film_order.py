"""The whole of `surtitle film`, but for its options."""

import asyncio
import hashlib
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from surtitle.bootstrap.installation import Installation, opened
from surtitle.cli.batch.claim import GOING_ON, Claim, WorkKept, claimed
from surtitle.cli.batch.command import STOPPED, beside_a_worker, signal_code, stoppable, write_report
from surtitle.cli.batch.following import end_job, follow
from surtitle.cli.batch.inputs import Source
from surtitle.cli.batch.outputs import UNWRITTEN, Target, Wanted, look_ahead, write
from surtitle.cli.batch.reading import chunks_of
from surtitle.cli.batch.view import Outcome, View, open_view
from surtitle.cli.failures import FAILED
from surtitle.cli.settings import load_settings
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.repeats import KeyReused
from surtitle.domain.jobs import JobState
from surtitle.domain.recipes import FILM
from surtitle.errors import NotFound, SurtitleError
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.errors import JobNotFound
from surtitle.media.errors import MediaInUse, MediaNotFound
from surtitle.media.probing import examine
from surtitle.pipelines.film.errors import FilmBegunElsewhere
from surtitle.pipelines.job_documents import JobDocuments
from surtitle.pipelines.results import ResultService

_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class FilmOrder:
    """What is to be made, of which files on this machine."""

    options: dict[str, Any]
    out: Path
    audio: Path | None = None
    images: tuple[Path, ...] = ()
    music: Path | None = None
    logo: Path | None = None
    keep: bool = False
    overwrite: bool = False

    @property
    def label(self) -> str:
        """What the film is called while it is made."""
        if self.audio is not None:
            return self.audio.name
        text = " ".join(str(self.options.get("prompt", "")).split())
        return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"

    @property
    def files(self) -> tuple[Path, ...]:
        single = (file for file in (self.audio, self.music, self.logo) if file is not None)
        return (*single, *self.images)

    @property
    def targets(self) -> tuple[Target, ...]:
        film = Target(Wanted("mp4", ".mp4", binary=True), self.out)
        if self.options.get("captions") != "sidecar":
            return (film,)
        return film, Target(Wanted("srt", ".srt"), self.out.with_suffix(".srt"))

    def key(self) -> str:
        """What this work on these very files is called: the same command goes on where it was."""
        facts = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in self.files]
        told = json.dumps([FILM, self.options, facts], sort_keys=True)
        return "cli-" + hashlib.sha256(told.encode()).hexdigest()


def run_film(order: FilmOrder, *, as_json: bool) -> int:
    """Make it and return the exit code. Raises what is wrong with the command as a whole."""
    for path in order.files:
        if not path.is_file():
            raise NotFound(f"{path}: there is no such file.")
    settings = load_settings(quiet=True)
    outcome = Outcome(Source(None, order.label), made="film")

    async def make(view: View) -> None:
        async with opened(settings) as installation:
            film = _FilmRun(installation, order, view, outcome)
            await beside_a_worker(installation, film.own_jobs, film.run())

    with open_view() as view:
        stopped_by = asyncio.run(stoppable(make(view)))
    if as_json:
        write_report([outcome])
    if stopped_by is not None:
        sys.stderr.write(f"{STOPPED}\n")
        return signal_code(stopped_by)
    return FAILED if outcome.error else 0


class _FilmRun:
    """One film through the installation's own job table. `own_jobs` is the worker's `only`."""

    def __init__(self, installation: Installation, order: FilmOrder, view: View, outcome: Outcome) -> None:
        self.own_jobs: list[UUID] = []
        self._installation = installation
        self._order = order
        self._view = view
        self._outcome = outcome
        self._media: list[UUID] = []
        self._numbers = count()

    async def run(self) -> None:
        self._view.begin(self._outcome.source, 1, 1)
        began = time.monotonic()
        try:
            await self._make()
            self._outcome.state = JobState.SUCCEEDED
        except (SurtitleError, OSError) as error:
            self._outcome.error = error.message if isinstance(error, SurtitleError) else f"{error}"
        except asyncio.CancelledError:
            self._outcome.state, self._outcome.error = JobState.CANCELLED, "stopped"
            raise
        finally:
            self._outcome.seconds = time.monotonic() - began
        self._view.end(self._outcome)

    async def _make(self) -> None:
        work = await asyncio.to_thread(self._order.key)
        folder = self._installation.settings.data_dir / "commands"
        with claimed(folder, work, keep=self._order.keep) as claim:
            if claim.left_over:
                self._view.note(GOING_ON)
            may_exist = claim.left_over or self._order.overwrite
            await asyncio.to_thread(look_ahead, self._order.targets, claim.tag, may_exist=may_exist)
            job: Job | None = None
            try:
                job = await self._job(claim)
                # From now on it is for this command to end what is there.
                claim.waits = False
                self._outcome.job_id = str(job.id) if claim.keep else None
                await follow(self._installation.jobs, job, self._view, self._outcome)
                await self._write(job.id, claim)
            except UNWRITTEN as error:
                if job is None:
                    raise
                claim.waits, self._outcome.job_id = True, str(job.id)
                raise WorkKept(error.message) from error
            finally:
                if not claim.waits:
                    # Also when Ctrl-C cancels us: what is begun here is ended here.
                    await asyncio.shield(asyncio.ensure_future(self._clean_up(claim, job)))

    async def _job(self, claim: Claim) -> Job:
        self._view.stage("reading")
        try:
            job = await self._created(claim)
        except (KeyReused, MediaNotFound, JobNotFound):
            # A file was changed without its time being changed, or an earlier copy was deleted meanwhile.
            claim.begin_afresh()
            job = await self._created(claim)
        self.own_jobs.append(job.id)
        if job.state in {JobState.FAILED, JobState.CANCELLED}:
            return await self._installation.jobs.retry(PERSONAL_PROJECT, job.id)
        return job

    async def _created(self, claim: Claim) -> Job:
        order, options = self._order, dict(self._order.options)
        self._numbers = count()
        if images := [str(await self._received(path, claim)) for path in order.images]:
            options["images"] = images
        if order.music is not None:
            options["music"] = str(await self._received(order.music, claim))
        if order.logo is not None:
            logo = str(await self._received(order.logo, claim))
            options["brand"] = {**options.get("brand", {}), "logo": logo}
        recording = await self._received(order.audio, claim) if order.audio is not None else None
        wish = NewJob(PERSONAL_PROJECT, FILM, recording, options, surface="cli")
        return await self._installation.jobs.create(wish, claim.key)

    async def _received(self, path: Path, claim: Claim) -> UUID:
        media = await self._installation.media.receive(
            PERSONAL_PROJECT,
            path.name,
            chunks_of(path),
            content_length=(await asyncio.to_thread(path.stat)).st_size,
            idempotency_key=f"{claim.key}-{next(self._numbers)}",
        )
        self._media.append(media.id)
        return media.id

    async def _write(self, job_id: UUID, claim: Claim) -> None:
        self._view.stage("writing")
        use = self._installation
        documents = JobDocuments(use.jobs, use.media, use.archive)
        results = ResultService(use.jobs, use.media, documents)
        for target in self._order.targets:
            file = await results.result(PERSONAL_PROJECT, job_id, target.wanted.format)
            chunks = file.open(0, file.size_bytes)
            await write(target, chunks, overwrite=self._order.overwrite, tag=claim.tag)
            self._outcome.outputs.append(target.shown)
        film = await asyncio.to_thread(examine, self._order.out)
        self._outcome.media_seconds = film.duration_seconds

    async def _clean_up(self, claim: Claim, job: Job | None) -> None:
        """Leave no work running and, unless it was asked for, nothing behind."""
        # Until all of it is done.
        claim.waits = True
        if job is not None and not await end_job(self._installation.jobs, job.id):
            # Its worker died under us; the next command or server takes it up.
            return
        claim.waits = not claim.keep and not await self._deleted(job)

    async def _deleted(self, job: Job | None) -> bool:
        """Whether all is gone; a film that a cloud still makes has to stay."""
        use = self._installation
        if job is not None:
            await use.calling_off.call_off(job.id)
            try:
                await use.jobs.delete(PERSONAL_PROJECT, job.id)
            except FilmBegunElsewhere as error:
                self._view.note(f"{error.message} A server that runs here does that too.")
                return False
        for media_id in self._media:
            with suppress(MediaInUse, NotFound):
                await use.media.delete(PERSONAL_PROJECT, media_id)
        return True
