"""Captions burned into the picture."""

from dataclasses import dataclass
from pathlib import Path

from surtitle.config import RenderingSettings
from surtitle.domain.options import VideoOptions
from surtitle.pipelines.rendering import filters
from surtitle.pipelines.rendering.containers import (
    BIT_EXACT,
    KEEP_METADATA,
    Container,
    holds_sound,
)
from surtitle.pipelines.rendering.errors import NoPicture, RenderingFailed
from surtitle.pipelines.rendering.ffmpeg import Encoder, FfmpegBuild, choose_encoder, find_ffmpeg
from surtitle.pipelines.rendering.fonts import font_warnings
from surtitle.pipelines.rendering.process import FfmpegRun, OnProgress, run_ffmpeg
from surtitle.pipelines.rendering.report import RenderReport, cut_short, sounds_left_out
from surtitle.pipelines.rendering.reproducible import reproducible_x264
from surtitle.pipelines.rendering.scratch import put_in_place, scratch_for, write_text
from surtitle.pipelines.rendering.source import (
    PictureFacts,
    SourceFacts,
    inspect_source,
    reading,
    sound_maps,
)

# NVENC's p1 (quickest) to p7 stand where x264's names do.
_NVENC_PRESETS = {
    "ultrafast": "p1", "superfast": "p2", "veryfast": "p3", "faster": "p4",
    "fast": "p5", "medium": "p6", "slow": "p7",
}  # fmt: skip
_AAC_BITS_PER_SECOND_A_CHANNEL = 96_000


@dataclass(frozen=True, slots=True)
class _Burning:
    """All that the parts of one command line ask about."""

    source: Path
    facts: SourceFacts
    picture: PictureFacts
    video: VideoOptions
    build: FfmpegBuild
    threads: int

    @property
    def container(self) -> Container:
        return Container(self.video.container)


async def burn_in(
    source: Path,
    ass: str,
    output: Path,
    *,
    video: VideoOptions,
    settings: RenderingSettings,
    on_progress: OnProgress | None = None,
) -> RenderReport:
    """Re-encode the picture of `source` with the captions of the ASS document `ass` drawn on it.

    Sound is copied untouched where the container can hold it; every sound track that can be read, the
    chapters and the metadata stay; caption tracks that the source had are left out. `output` appears whole or
    not at all, and the same arguments on the same machine give the same bytes.

    Raises `NotMedia`, `NoPicture`, `UnreadableVideo`, `FontLacksScript`, `StorageFull`, `Unavailable`,
    `RenderingFailed`.
    """
    build = await find_ffmpeg(settings)
    facts = await inspect_source(source)
    if facts.picture is None:
        raise NoPicture(source)
    burning = _Burning(source, facts, facts.picture, video, build, settings.threads)
    with scratch_for(output) as folder:
        write_text(folder / "captions.ass", ass)
        warnings = [*await font_warnings(build.path, ass, folder=folder), *_warnings(burning)]
        encoder = await choose_encoder(build, settings)
        try:
            run = await _encode(burning, encoder, folder, on_progress)
        except RenderingFailed:
            # A GPU has few encoder sessions and a smallest picture size; the processor has neither.
            if encoder is Encoder.X264 or settings.encoder != "auto":
                raise
            encoder = Encoder.X264
            warnings.append("The GPU's encoder failed; the video was encoded by the processor.")
            run = await _encode(burning, encoder, folder, on_progress)
        size_bytes = put_in_place(folder / _made(burning), output)
    return RenderReport(
        output=output,
        encoder=encoder.value,
        width=facts.picture.width,
        height=facts.picture.height,
        duration_seconds=run.done_seconds,
        size_bytes=size_bytes,
        warnings=(*warnings, *cut_short(facts.duration_seconds, run)),
    )


async def _encode(
    burning: _Burning, encoder: Encoder, folder: Path, on_progress: OnProgress | None
) -> FfmpegRun:
    return await run_ffmpeg(
        burning.build.path,
        [*_input(burning), *_picture(burning, encoder), *_sound(burning), *_writing(burning)],
        folder=folder,
        source=burning.source,
        duration_seconds=burning.facts.duration_seconds,
        on_progress=on_progress,
    )


def _input(burning: _Burning) -> list[str]:
    threads = ["-threads", str(burning.threads)] if burning.threads else []
    source = reading(burning.source, burning.facts)
    return [*threads, *source, "-map", "0:V:0", *sound_maps(burning.facts)]


def _picture(burning: _Burning, encoder: Encoder) -> list[str]:
    chain = [
        *filters.standard_colours(burning.picture, burning.build),
        *filters.even_size(burning.picture),
        filters.EIGHT_BIT,
        filters.draw_captions(burning.picture),
    ]
    # Frames keep their own times (a phone's frame rate wanders), on the source's clock.
    times = ["-fps_mode", "vfr", "-enc_time_base:v", "demux"]
    threads = ["-threads:v", str(burning.threads)] if burning.threads else []
    coding = ["-c:v", encoder.value, *_quality(burning.video, encoder), *threads]
    return ["-vf", ",".join(chain), *times, *coding]


def _quality(video: VideoOptions, encoder: Encoder) -> list[str]:
    if encoder is Encoder.NVENC:
        rate = ["-rc", "vbr", "-cq", str(video.quality), "-b:v", "0"]
        return ["-preset", _NVENC_PRESETS[video.preset], *rate]
    return ["-preset", video.preset, "-crf", str(video.quality), *reproducible_x264()]


def _sound(burning: _Burning) -> list[str]:
    arguments = ["-c:a", "copy"]
    for place, sound in enumerate(burning.facts.readable_sounds):
        if not holds_sound(burning.container, sound):
            bits_per_second = _AAC_BITS_PER_SECOND_A_CHANNEL * max(1, sound.channels)
            arguments += [f"-c:a:{place}", "aac", f"-b:a:{place}", str(bits_per_second)]
    return arguments


def _writing(burning: _Burning) -> list[str]:
    faststart = ["-movflags", "+faststart"] if burning.container is Container.MP4 else []
    target = ["-f", burning.container.muxer, _made(burning)]
    return ["-sn", "-dn", *KEEP_METADATA, *BIT_EXACT, *faststart, *target]


def _made(burning: _Burning) -> str:
    return f"made.{burning.container.value}"


def _warnings(burning: _Burning) -> list[str]:
    changed = [
        f"Sound track {sound.index + 1} ({sound.codec}) was re-encoded to AAC: MP4 cannot hold it well."
        for sound in burning.facts.readable_sounds
        if not holds_sound(burning.container, sound)
    ]
    told = filters.tone_warning(burning.picture, burning.build)
    return [*told, *sounds_left_out(burning.facts), *changed]
