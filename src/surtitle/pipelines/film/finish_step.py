"""The step `finish`: picture, voice, music and captions become the film, with a poster beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from surtitle.config import FilmSettings, RenderingSettings
from surtitle.domain.cues import CueSheet
from surtitle.domain.films import FilmRules
from surtitle.domain.languages import container_tag
from surtitle.domain.options import FilmJobOptions
from surtitle.engines.film_rules import rules_of
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.media.probe import Probe, default_track
from surtitle.pipelines.film.captions import FILM_SRT, cues_of
from surtitle.pipelines.film.finishing import Ingredients, finish
from surtitle.pipelines.film.fitting import repeats
from surtitle.pipelines.film.material import files_of, kept_file
from surtitle.pipelines.film.picture_step import PICTURE_MP4
from surtitle.pipelines.film.previews import GIF, POSTER, make_gif, poster_seconds
from surtitle.pipelines.film.timeline import TIMELINE_JSON, Timeline, read_timeline
from surtitle.pipelines.film.voice import listens, voice_file
from surtitle.pipelines.rendering.picture import extract_frame
from surtitle.pipelines.rendering.progress import RenderProgress
from surtitle.pipelines.rendering.source import PictureFacts, inspect_source
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.subtitles import ass_document, srt_document

FILM_MP4 = "film.mp4"
_SRT = "application/x-subrip; charset=utf-8"


class FinishStep:
    """Makes `film.mp4`, `film.srt`, `poster.jpg` and `preview.gif`."""

    def __init__(
        self, registry: EngineRegistry, settings: FilmSettings, rendering: RenderingSettings
    ) -> None:
        self._registry = registry
        self._settings = settings
        self._rendering = rendering

    async def run(self, context: StepContext[FilmJobOptions]) -> None:
        work, options = context.work, context.options
        timeline = read_timeline(await work.read(TIMELINE_JSON))
        cues = cues_of(timeline, options.aspect)
        if options.captions != "none" and cues.cues:
            await work.save(FILM_SRT, srt_document(cues).encode(), media_type=_SRT)
        output = work.scratch / FILM_MP4

        async def tell(progress: RenderProgress) -> None:
            await context.progress(progress.fraction or 0.0, speed=progress.speed)

        async with self._ingredients(context, timeline, cues) as ingredients:
            warnings = await finish(
                ingredients,
                output,
                settings=self._rendering,
                target_lufs=self._settings.loudness_lufs,
                on_progress=tell,
            )
        for warning in warnings:
            await work.warn(warning, step=context.name)
        await self._picture_it(context, output, timeline)
        await work.save(FILM_MP4, output, media_type="video/mp4")
        output.unlink()

    @asynccontextmanager
    async def _ingredients(
        self, context: StepContext[FilmJobOptions], timeline: Timeline, cues: CueSheet
    ) -> AsyncIterator[Ingredients]:
        work, options = context.work, context.options
        music_ids = (options.music,) if options.music is not None else ()
        async with (
            kept_file(work, PICTURE_MP4) as picture,
            _heard_file(context, timeline) as voice,
            files_of(work, music_ids) as music,
        ):
            facts = await inspect_source(picture)
            assert facts.picture is not None, "the engine drew it"
            seconds, drawn = timeline.duration_seconds, facts.duration_seconds or 0.0
            loops = repeats(seconds, drawn)
            if loops:
                await work.warn(
                    f"The engine draws {drawn:.1f} s at a time; its picture repeats for {seconds:.1f} s.",
                    step=context.name,
                )
            yield Ingredients(
                picture,
                seconds if loops or timeline.has_voice else drawn,
                voice=voice,
                voice_track=_track(context),
                music=music[0] if music else None,
                captions=self._drawn_captions(options, cues, facts.picture),
                track=srt_document(cues) if options.captions == "soft" and cues.cues else None,
                language=container_tag(timeline.language),
                loops=loops,
            )

    def _drawn_captions(self, options: FilmJobOptions, cues: CueSheet, picture: PictureFacts) -> str | None:
        """What libass draws, where the engine has not drawn the captions itself."""
        if options.captions != "burned" or not cues.cues or self._rules(options).draws_captions:
            return None
        return ass_document(cues, options.caption_style, width=picture.width, height=picture.height)

    def _rules(self, options: FilmJobOptions) -> FilmRules:
        return rules_of(self._registry.named(options.engine, Capability.VIDEO_ENGINE))

    async def _picture_it(self, context: StepContext[FilmJobOptions], film: Path, timeline: Timeline) -> None:
        work = context.work
        poster = work.scratch / POSTER
        first = timeline.shots[0].end_seconds if timeline.shots else None
        at = poster_seconds(first, timeline.duration_seconds)
        await extract_frame(film, at, poster, settings=self._rendering)
        await work.save(POSTER, poster, media_type="image/jpeg")
        if not await work.artifacts(GIF):
            gif = work.scratch / GIF
            await make_gif(film, gif, self._rendering)
            await work.save(GIF, gif, media_type="image/gif")


@asynccontextmanager
async def _heard_file(context: StepContext[FilmJobOptions], timeline: Timeline) -> AsyncIterator[Path | None]:
    """The voice as it is heard in the film: a recording as it was sent, not as engines read it."""
    work = context.work
    if not listens(work):
        async with voice_file(context, timeline) as path:
            yield path
        return
    assert work.media is not None
    async with work.store.as_file(work.media.object_key, work.scratch, sha256=work.media.sha256) as path:
        yield path


def _track(context: StepContext[FilmJobOptions]) -> int:
    media = context.work.media
    return default_track(Probe.model_validate(media.probe).audio) if media is not None else 0
