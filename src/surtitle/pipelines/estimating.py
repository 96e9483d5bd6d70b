"""What a job would come to, told before it is started: credits, time, size."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.account_models import UsageEntry
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.domain.film_wishes import expected_seconds
from surtitle.domain.jobs import JobState
from surtitle.domain.options import FilmJobOptions, Options
from surtitle.domain.recipes import FILM
from surtitle.jobs.acceptance import Acceptance, NewJob
from surtitle.pipelines.film.checks import FilmChecks
from surtitle.pipelines.film.fitting import Fitted
from surtitle.usage.kinds import UsageKind
from surtitle.usage.tariff import Tariff

_LATEST_FILMS = 20
# Measured on storyboards at 1080p30, x264 veryfast, quality 20; pictures of cameras take three times as much.
_BITS_A_PIXEL = 0.03
_SOUND_BITS_A_SECOND = 160_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """`seconds` are of sound recognised or film made. None is what nobody can tell beforehand."""

    recipe: str
    engine: str | None
    credits: float
    seconds: float
    processing_seconds: float | None = None
    size_bytes: int | None = None
    fit: Fitted | None = None


class Estimates:
    """Considers wishes as acceptance does, and writes nothing."""

    def __init__(self, database: Database, acceptance: Acceptance, films: FilmChecks, tariff: Tariff) -> None:
        self._database = database
        self._acceptance = acceptance
        self._films = films
        self._tariff = tariff

    async def estimate(self, wish: NewJob) -> Estimate:
        """What `wish` would come to. Raises whatever starting it would raise, but for quotas."""
        async with self._database.reading() as session:
            considered = await self._acceptance.consider(session, wish)
            options = considered.options
            if considered.recipe.name == FILM and isinstance(options, FilmJobOptions):
                return await self._of_film(session, options, considered.media_seconds)
        seconds = considered.media_seconds if considered.text is None else 0.0
        price = self._tariff.credits_for(considered.recipe.name, seconds, None)
        return Estimate(considered.recipe.name, getattr(options, "engine", None), price, seconds)

    async def options_of(self, wish: NewJob) -> Options:
        """All options that a job for `wish` would have, those that it leaves to others among them."""
        async with self._database.reading() as session:
            return await self._acceptance.options_of(session, wish)

    async def _of_film(
        self, session: AsyncSession, options: FilmJobOptions, recording_seconds: float
    ) -> Estimate:
        fit = self._films.fitted(options)
        seconds = expected_seconds(options, recording_seconds)
        pixels = fit.width * fit.height * fit.frames_per_second
        pace = await _pace(session, options.engine)
        return Estimate(
            FILM,
            options.engine,
            self._tariff.credits_for(FILM, seconds, options.engine),
            seconds,
            processing_seconds=None if pace is None else round(pace * seconds, 1),
            size_bytes=round(seconds * (pixels * _BITS_A_PIXEL + _SOUND_BITS_A_SECOND) / 8),
            fit=fit,
        )


async def _pace(session: AsyncSession, engine: str) -> float | None:
    """Seconds of work for a second of film, as the last ones of this engine took; None before the first."""
    latest = (
        select(Job.processing_seconds, UsageEntry.amount)
        .join(UsageEntry, UsageEntry.job_id == Job.id)
        .where(
            Job.recipe == FILM,
            Job.state == JobState.SUCCEEDED,
            Job.options["engine"].as_string() == engine,
            UsageEntry.kind == UsageKind.GENERATED_SECONDS,
        )
        .order_by(Job.id.desc())
        .limit(_LATEST_FILMS)
        .subquery()
    )
    totals = select(func.sum(latest.c.processing_seconds), func.sum(latest.c.amount))
    spent, made = (await session.execute(totals)).one()
    return spent / made if made else None
