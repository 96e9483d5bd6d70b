"""The step `rendering`: the same video, with its captions in the picture or as a track."""

from pathlib import Path

from surtitle.config import RenderingSettings
from surtitle.domain.cues import CueSheet
from surtitle.domain.languages import container_tag
from surtitle.domain.options import CaptionedVideoJobOptions
from surtitle.errors import Invalid
from surtitle.media.probe import Probe
from surtitle.pipelines.rendering.burn import burn_in
from surtitle.pipelines.rendering.containers import Container
from surtitle.pipelines.rendering.mux import CaptionTrack, mux_soft
from surtitle.pipelines.rendering.progress import RenderProgress
from surtitle.pipelines.rendering.report import RenderReport
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.subtitles.formats import ass_document, srt_document
from surtitle.pipelines.subtitles.schema import read_cues

_MEDIA_TYPES = {"mp4": "video/mp4", "mkv": "video/x-matroska"}


class RenderingStep:
    """Makes `captioned.mp4` or `captioned.mkv`."""

    def __init__(self, settings: RenderingSettings) -> None:
        self._settings = settings

    async def run(self, context: StepContext[CaptionedVideoJobOptions]) -> None:
        work = context.work
        if work.media is None:
            raise Invalid("This recipe needs a video: start the job with a media_id.", field="media_id")
        cues = read_cues(await work.read("cues.json"))
        container = context.options.video.container
        name = f"captioned.{container}"
        output = work.scratch / name
        media = work.media
        async with work.store.as_file(media.object_key, work.scratch, sha256=media.sha256) as source:
            report = await self._render(context, source, cues, output)
        for warning in report.warnings:
            await work.warn(warning, step=context.name)
        await work.save(name, output, media_type=_MEDIA_TYPES[container])
        output.unlink()

    async def _render(
        self, context: StepContext[CaptionedVideoJobOptions], source: Path, cues: CueSheet, output: Path
    ) -> RenderReport:
        async def on_progress(progress: RenderProgress) -> None:
            await context.progress(progress.fraction or 0.0, speed=progress.speed)

        video = context.options.video
        if video.captions == "soft":
            track = CaptionTrack(srt_document(cues), language=container_tag(cues.language))
            return await mux_soft(
                source,
                track,
                output,
                container=Container(video.container),
                settings=self._settings,
                on_progress=on_progress,
            )
        width, height = self._picture_size(context)
        script = ass_document(cues, video.style, width=width, height=height)
        return await burn_in(
            source, script, output, video=video, settings=self._settings, on_progress=on_progress
        )

    def _picture_size(self, context: StepContext[CaptionedVideoJobOptions]) -> tuple[int, int]:
        assert context.work.media is not None
        picture = Probe.model_validate(context.work.media.probe).video
        if picture is None:
            raise Invalid(
                "The recording has no picture to draw captions on. Use the recipe 'subtitles' instead."
            )
        return picture.width, picture.height
