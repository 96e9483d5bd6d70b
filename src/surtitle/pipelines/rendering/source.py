"""What rendering must know about a video before it starts, and how ffmpeg may read it."""

import asyncio
from pathlib import Path

import av

from surtitle.media.inspection import PictureFacts, SoundFacts, SourceFacts, inspected
from surtitle.pipelines.rendering.errors import UnreadableVideo

__all__ = ["PictureFacts", "SoundFacts", "SourceFacts", "inspect_source", "reading", "sound_maps"]


async def inspect_source(source: Path) -> SourceFacts:
    """Open `source`, decode one picture, and tell. Raises `NotMedia` or `UnreadableVideo`."""
    return await asyncio.to_thread(_inspect, source)


def reading(source: Path, facts: SourceFacts) -> list[str]:
    """Ffmpeg's arguments to read `source` as just what it was found to be, whatever its name holds.

    Left to guess again, ffmpeg could take an upload for a playlist and open other people's files.
    """
    only = ["-protocol_whitelist", "file,pipe", "-format_whitelist", facts.format]
    return [*only, "-f", facts.format.split(",")[0], "-i", f"file:{source.absolute()}"]


def sound_maps(facts: SourceFacts) -> list[str]:
    """Ffmpeg's arguments to take along every sound track that can be read, in order."""
    return [part for sound in facts.readable_sounds for part in ("-map", f"0:a:{sound.index}")]


def _inspect(source: Path) -> SourceFacts:
    try:
        return inspected(source)
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or "unknown format"
        raise UnreadableVideo(source, f"{reason[0].lower()}{reason[1:]}") from None
