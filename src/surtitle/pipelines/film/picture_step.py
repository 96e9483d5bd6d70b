"""The step `picture`: the film without its sound, drawn by the engine that was asked for."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from surtitle.config import FilmSettings, RenderingSettings
from surtitle.db.job_models import Job
from surtitle.domain.films import FilmRequest, FilmRules
from surtitle.domain.options import FilmJobOptions
from surtitle.engines.film_rules import rules_of
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability
from surtitle.jobs.work import JobWork
from surtitle.pipelines.film.calling_off import CHECKPOINT
from surtitle.pipelines.film.fitting import Fitted, fitted, fitted_seconds
from surtitle.pipelines.film.material import pictures_and_brand
from surtitle.pipelines.film.previews import GIF, POSTER, draft_of, make_gif, poster_seconds
from surtitle.pipelines.film.timeline import TIMELINE_JSON, Timeline, read_timeline
from surtitle.pipelines.film.voice import voice_file
from surtitle.pipelines.rendering.picture import extract_frame
from surtitle.pipelines.step import StepContext

PICTURE_MP4 = "picture.mp4"
_CHECKPOINT = "picture-checkpoint.json"
_DRAFT_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What is drawn, by whom, under which rules."""

    setup: EngineSetup
    rules: FilmRules
    request: FilmRequest


class PictureStep:
    """Makes `picture.mp4` for the step after it, and `preview.gif` before that where the engine can."""

    def __init__(
        self, host: EngineHost, chooser: EngineChooser, settings: FilmSettings, rendering: RenderingSettings
    ) -> None:
        self._host = host
        self._chooser = chooser
        self._settings = settings
        self._rendering = rendering

    async def run(self, context: StepContext[FilmJobOptions]) -> None:
        work, options = context.work, context.options
        spec = self._chooser.spec_for(Capability.VIDEO_ENGINE, options.engine)
        rules = rules_of(spec)
        setup = await asyncio.to_thread(
            self._chooser.setup_for, Capability.VIDEO_ENGINE, options.engine, options.model
        )
        timeline = read_timeline(await work.read(TIMELINE_JSON))
        async with (
            voice_file(context, timeline) as sound,
            pictures_and_brand(work, options, rules.uses_pictures) as (pictures, brand),
        ):
            fit = fitted(options, rules, self._settings.largest)
            request = _request(options, timeline, rules, fit)
            request = replace(request, sound=sound, pictures=pictures, brand=brand)
            drawing = _Drawing(setup, rules, request)
            await self._preview(context, drawing)
            await self._draw(context, drawing)

    async def _draw(self, context: StepContext[FilmJobOptions], drawing: _Drawing) -> None:
        work = context.work
        output = work.scratch / PICTURE_MP4

        async def tell(fraction: float, frames_per_second: float | None) -> None:
            facts = {"frames_per_second": round(frames_per_second, 1)} if frames_per_second else {}
            await context.progress(_DRAFT_SHARE + (1 - _DRAFT_SHARE) * fraction, **facts)

        async def keep(checkpoint: Mapping[str, Any]) -> None:
            # A place to go on from is written with some artifact; here it is all that there is.
            await work.save(
                _CHECKPOINT, b"{}", media_type="application/json", kind="work",
                step=context.name, cursor={CHECKPOINT: dict(checkpoint)},
            )  # fmt: skip

        warnings = await self._host.draw_film(
            drawing.setup,
            drawing.request,
            output,
            on_progress=tell,
            checkpoint=(context.cursor or {}).get(CHECKPOINT),
            save_checkpoint=keep,
            is_cancelled=lambda: _is_called_off(work),
        )
        for warning in warnings:
            await work.warn(warning, step=context.name)
        await work.save(PICTURE_MP4, output, media_type="video/mp4", kind="work")
        output.unlink()

    async def _preview(self, context: StepContext[FilmJobOptions], drawing: _Drawing) -> None:
        """A small, coarse version for those who wait, where drawing one costs a moment."""
        work = context.work
        if not drawing.rules.previews or await work.artifacts(GIF):
            return
        draft, made = work.scratch / "draft.mp4", work.scratch / GIF

        async def unheard(_fraction: float, _frames_per_second: float | None) -> None:
            return

        async def unkept(_checkpoint: Mapping[str, Any]) -> None:
            return

        request = draft_of(drawing.request)
        await self._host.draw_film(
            drawing.setup, request, draft, on_progress=unheard, checkpoint=None, save_checkpoint=unkept
        )
        poster = work.scratch / POSTER
        await extract_frame(draft, _poster_seconds(request), poster, settings=self._rendering)
        await work.save(POSTER, poster, media_type="image/jpeg")
        await make_gif(draft, made, self._rendering)
        await work.save(GIF, made, media_type="image/gif")
        await context.progress(_DRAFT_SHARE)
        draft.unlink()


def _request(options: FilmJobOptions, timeline: Timeline, rules: FilmRules, fit: Fitted) -> FilmRequest:
    """What the engine is asked for; files are added by the caller."""
    draws_captions = rules.draws_captions and options.captions == "burned" and bool(timeline.words)
    return FilmRequest(
        prompt=options.prompt or timeline.title,
        width=fit.width,
        height=fit.height,
        frames_per_second=fit.frames_per_second,
        duration_seconds=fitted_seconds(timeline.duration_seconds, fit.frames_per_second, rules),
        seed=options.seed,
        negative_prompt=options.negative_prompt,
        model=options.model,
        title=timeline.title,
        language=timeline.language,
        shots=timeline.shots,
        words=timeline.words,
        speakers=timeline.speakers,
        captions=options.caption_style if draws_captions else None,
    )


def _poster_seconds(request: FilmRequest) -> float:
    first = request.shots[0].end_seconds if request.shots else None
    return poster_seconds(first, request.duration_seconds)


async def _is_called_off(work: JobWork) -> bool:
    """Whether a person has cancelled the job; a worker that only stops leaves the film to another."""
    async with work.reading() as session:
        wanted = await session.scalar(select(Job.cancel_requested).where(Job.id == work.id))
    return wanted is None or wanted
