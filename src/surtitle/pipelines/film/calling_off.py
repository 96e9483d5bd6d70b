"""What films had begun on a server is ended there once nobody waits for it any more.

An engine at work does that itself. But a film is also cancelled while it waits for its next try, its worker
may be gone, and the server may not have answered just then. The engine's checkpoint tells what was begun.
"""

import asyncio
import logging
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.job_models import Job, JobStep
from surtitle.domain.jobs import JobState
from surtitle.domain.recipes import FILM, StepName
from surtitle.engines.models import EngineChooser
from surtitle.engines.protocols import CallOff
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.errors import SurtitleError
from surtitle.pipelines.film.errors import FilmBegunElsewhere

log = logging.getLogger(__name__)

CHECKPOINT = "checkpoint"
"""In the cursor of the step `picture`: what the engine has saved."""

CALLED_OFF = "called_off"
"""In that cursor: nothing is left to call off. In the checkpoint: what it names may be gone there."""

# By then a server has long ended what was asked of it.
_WORTHWHILE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Film:
    """A film that has ended, and what its engine had begun elsewhere."""

    job_id: UUID
    fence: int
    engine: str
    checkpoint: Mapping[str, Any]


class CallingOff:
    """Of all projects. Doing it twice, or in two processes at once, does no harm."""

    def __init__(self, database: Database, registry: EngineRegistry, chooser: EngineChooser) -> None:
        self._database = database
        self._registry = registry
        self._chooser = chooser
        self._told_of: set[UUID] = set()

    async def needed(self) -> bool:
        """Whether a film has ended that had begun something elsewhere."""
        return bool(await self._films())

    async def call_off(self, job_id: UUID | None = None) -> int:
        """End what can be ended, of all films or of this one; how many are settled. One whose server does not
        answer is tried again next time.
        """
        settled = 0
        for film in await self._films(job_id):
            try:
                settled += await self._call_off(film)
            except SurtitleError as error:
                # Once of each film: it is tried every few seconds.
                if film.job_id not in self._told_of:
                    log.warning("film %s could not be called off yet: %s", film.job_id, error)
                self._told_of.add(film.job_id)
        return settled

    async def require_settled(self, session: AsyncSession, job_id: UUID) -> Sequence[str]:
        """A `GoesWithJob`: refuse to forget a job that may still cost money. Raises `FilmBegunElsewhere`."""
        rows = await session.execute(_with_checkpoints().where(Job.id == job_id))
        for job, cursor in rows:
            if cursor and _is_open(cursor) and self._calls_off(job.options["engine"]) and not _is_past(job):
                raise FilmBegunElsewhere(job_id, ended=JobState(job.state).finished)
        return ()

    async def _films(self, job_id: UUID | None = None) -> Sequence[_Film]:
        query = _with_checkpoints().where(
            Job.state.in_((JobState.FAILED, JobState.CANCELLED)), Job.finished_at > utc_now() - _WORTHWHILE
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query if job_id is None else query.where(Job.id == job_id))).all()
        return [
            _Film(job.id, job.fence, engine, cursor[CHECKPOINT])
            for job, cursor in rows
            if cursor and _is_open(cursor) and self._calls_off(engine := job.options["engine"])
        ]

    async def _call_off(self, film: _Film) -> bool:
        endpoint = self._chooser.endpoint_of(Capability.VIDEO_ENGINE, film.engine)
        place = self._place(film.engine)
        assert endpoint is not None, "only engines that ask a server call anything off"
        assert place is not None, "its engine has one, or it would not be among the films"
        # Whoever runs the film again from now on knows that its requests may be gone.
        warned = {**film.checkpoint, CALLED_OFF: True}
        if not await self._note(film, {CHECKPOINT: warned}):
            return False
        call_off = cast("CallOff", pkgutil.resolve_name(place))
        outcome = await asyncio.to_thread(call_off, endpoint, film.checkpoint)
        left = {CHECKPOINT: {**outcome.checkpoint, CALLED_OFF: True}, CALLED_OFF: outcome.is_complete}
        return await self._note(film, left, outcome.told) and outcome.is_complete

    async def _note(self, film: _Film, cursor: dict[str, Any], told: Sequence[str] = ()) -> bool:
        """Write it down, unless a worker has the film again: then that knows more."""
        async with self._database.writing() as session:
            job = await session.scalar(
                select(Job).where(Job.id == film.job_id, Job.fence == film.fence).with_for_update()
            )
            if job is None or job.state == JobState.RUNNING:
                return False
            await session.execute(
                update(JobStep)
                .where(JobStep.job_id == film.job_id, JobStep.name == StepName.PICTURE)
                .values(cursor=cursor)
            )
            job.warnings = [*job.warnings, *({"detail": one, "step": StepName.PICTURE} for one in told)]
        return True

    def _calls_off(self, engine: str) -> bool:
        return self._place(engine) is not None

    def _place(self, engine: str) -> str | None:
        spec = next((spec for spec in self._registry.specs if spec.name == engine), None)
        return spec.call_off if spec else None


def _with_checkpoints() -> Select[tuple[Job, dict[str, Any] | None]]:
    return (
        select(Job, JobStep.cursor)
        .join(JobStep, JobStep.job_id == Job.id)
        .where(Job.recipe == FILM, JobStep.name == StepName.PICTURE)
    )


def _is_open(cursor: Mapping[str, Any]) -> bool:
    return CHECKPOINT in cursor and not cursor.get(CALLED_OFF)


def _is_past(job: Job) -> bool:
    return job.finished_at is not None and job.finished_at < utc_now() - _WORTHWHILE
