"""Captions as a track of their own, which a player can switch on and off."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from surtitle.config import RenderingSettings
from surtitle.errors import Invalid
from surtitle.pipelines.rendering.containers import (
    BIT_EXACT,
    IMAGE_CAPTIONS,
    KEEP_METADATA,
    TEXT_CAPTIONS,
    Container,
    holds_picture,
    holds_sound,
)
from surtitle.pipelines.rendering.errors import ContainerCannotHold
from surtitle.pipelines.rendering.ffmpeg import find_ffmpeg
from surtitle.pipelines.rendering.process import OnProgress, run_ffmpeg
from surtitle.pipelines.rendering.report import RenderReport, cut_short, sounds_left_out
from surtitle.pipelines.rendering.scratch import put_in_place, scratch_for, write_text
from surtitle.pipelines.rendering.source import SourceFacts, inspect_source, reading, sound_maps

CaptionFormat = Literal["srt", "ass"]


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """A caption document and how its track is labelled. `language` is ISO 639-2/T, such as `fra`."""

    text: str
    format: CaptionFormat = "srt"
    language: str = "und"
    title: str | None = None


async def mux_soft(
    source: Path,
    track: CaptionTrack,
    output: Path,
    *,
    container: Container,
    settings: RenderingSettings,
    on_progress: OnProgress | None = None,
) -> RenderReport:
    """Copy every stream of `source` that can be read, and add `track` as the default caption track.

    MP4 carries it as mov_text, Matroska in its own format. Caption tracks that the source had
    follow it. `output` appears whole or not at all. Raises `ContainerCannotHold`, `Invalid` for an
    ASS track in MP4 (its styles would be lost), `UnreadableVideo`, `StorageFull`, `RenderingFailed`.
    """
    if container is Container.MP4 and track.format == "ass":
        raise Invalid("MP4 holds plain captions only. Use the container 'mkv', or captions as SRT.")
    build = await find_ffmpeg(settings)
    facts = await inspect_source(source)
    _check(source, facts, container)
    kept = _kept_captions(facts, container)
    with scratch_for(output) as folder:
        write_text(folder / "captions.txt", track.text)
        run = await run_ffmpeg(
            build.path,
            [*_input(source, facts, track, kept), *_labels(track), *_writing(facts, container, track, kept)],
            folder=folder,
            source=source,
            duration_seconds=facts.duration_seconds,
            on_progress=on_progress,
        )
        size_bytes = put_in_place(folder / "made", output)
    return RenderReport(
        output=output,
        encoder=None,
        width=facts.picture.width if facts.picture else 0,
        height=facts.picture.height if facts.picture else 0,
        duration_seconds=run.done_seconds,
        size_bytes=size_bytes,
        warnings=(*sounds_left_out(facts), *_dropped(facts, kept), *cut_short(facts.duration_seconds, run)),
    )


def _check(source: Path, facts: SourceFacts, container: Container) -> None:
    if facts.picture is not None and not holds_picture(container, facts.picture.codec):
        raise ContainerCannotHold(source, "picture", facts.picture.codec)
    for sound in facts.readable_sounds:
        if not holds_sound(container, sound):
            raise ContainerCannotHold(source, "sound", sound.codec)


def _kept_captions(facts: SourceFacts, container: Container) -> list[int]:
    """Which of the source's caption tracks fit, counted from 0."""
    fitting = TEXT_CAPTIONS if container is Container.MP4 else TEXT_CAPTIONS | IMAGE_CAPTIONS
    return [index for index, codec in enumerate(facts.captions) if codec in fitting]


def _dropped(facts: SourceFacts, kept: list[int]) -> list[str]:
    return [
        f"Caption track {index + 1} of the source ({codec}) was left out: the container cannot hold it."
        for index, codec in enumerate(facts.captions)
        if index not in kept
    ]


def _input(source: Path, facts: SourceFacts, track: CaptionTrack, kept: list[int]) -> list[str]:
    captions = ["-f", track.format, "-sub_charenc", "UTF-8", "-i", "captions.txt"]
    maps = ["-map", "0:V?", *sound_maps(facts), "-map", "1:s:0"]
    for index in kept:
        maps += ["-map", f"0:s:{index}"]
    return [*reading(source, facts), *captions, *maps]


def _labels(track: CaptionTrack) -> list[str]:
    labels = ["-metadata:s:s:0", f"language={track.language}"]
    if track.title:
        # MP4 shows the handler's name where Matroska has a title.
        labels += ["-metadata:s:s:0", f"title={track.title}"]
        labels += ["-metadata:s:s:0", f"handler_name={track.title}"]
    return [*labels, "-disposition:s", "0", "-disposition:s:0", "default"]


def _writing(facts: SourceFacts, container: Container, track: CaptionTrack, kept: list[int]) -> list[str]:
    codecs = ["-c", "copy"]
    if container is Container.MP4:
        codecs += ["-c:s", "mov_text", "-movflags", "+faststart"]
        if facts.picture is not None and facts.picture.codec == "hevc":
            # Apple's players know HEVC by this tag alone.
            codecs += ["-tag:v", "hvc1"]
    else:
        codecs += ["-c:s:0", track.format]
        for place, index in enumerate(kept, start=1):
            if facts.captions[index] == "mov_text":
                codecs += [f"-c:s:{place}", "srt"]
    return [*codecs, "-dn", *KEEP_METADATA, *BIT_EXACT, "-f", container.muxer, "made"]
