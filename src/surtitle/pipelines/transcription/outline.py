"""How a long recording is laid out in parts, cut where the engine cuts it anyway.

An undivided run would decode exactly these windows, so its words are the same at the seams as elsewhere.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from surtitle.domain.recognition import Window
from surtitle.engines.sound import wav_header
from surtitle.jobs.work import JobWork

_OUTLINES = "parts/outline/"
_HEADER_BYTES = len(wav_header(0))
_SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class PartOutline:
    """A part: its number, that of its first window in the recording (both from 0), and its windows."""

    number: int
    first_index: int
    windows: tuple[Window, ...]

    @property
    def start(self) -> int:
        """Its first sample."""
        return self.windows[0].start

    @property
    def end(self) -> int:
        """The sample behind its last."""
        return self.windows[-1].end


PART_OUTLINE = TypeAdapter(PartOutline)


def outline_name(number: int) -> str:
    """The whole's artifact that holds the outline of a part."""
    return f"{_OUTLINES}{number:06}.json"


class Layout:
    """The parts that are laid out so far, from the recording's start on. A run that follows finds them."""

    def __init__(self, work: JobWork) -> None:
        self._work = work
        self._parts: list[PartOutline] = []

    async def resume(self) -> None:
        """Take up what earlier runs laid out."""
        for artifact in await self._work.artifacts(_OUTLINES):
            self._parts.append(PART_OUTLINE.validate_json(await self._work.read(artifact.name)))

    async def add(self, windows: tuple[Window, ...], first_index: int) -> None:
        """Lay out the next part, for good."""
        part = PartOutline(len(self._parts), first_index, windows)
        await self._work.save(
            outline_name(part.number),
            PART_OUTLINE.dump_json(part),
            media_type="application/json",
            kind="work",
        )
        self._parts.append(part)

    def __getitem__(self, number: int) -> PartOutline:
        return self._parts[number]

    def from_sample(self, sample: int) -> list[PartOutline]:
        """The parts that are not over at `sample`."""
        return [part for part in self._parts if part.end > sample]

    @property
    def last(self) -> PartOutline | None:
        return self._parts[-1] if self._parts else None


def cut_sound(sound: Path, part: PartOutline) -> bytes:
    """The sound of a part as a WAV of its own."""
    with sound.open("rb") as file:
        file.seek(_HEADER_BYTES + part.start * _SAMPLE_BYTES)
        samples = file.read((part.end - part.start) * _SAMPLE_BYTES)
    return wav_header(len(samples) // _SAMPLE_BYTES) + samples


def put_in_place(cut: bytes, part: PartOutline, output: Path) -> None:
    """A recording that holds the sound of one part, where it belongs; before it lies a hole in the file,
    which takes no room.
    """
    with output.open("wb") as file:
        file.write(wav_header(part.end))
        file.seek(_HEADER_BYTES + part.start * _SAMPLE_BYTES)
        file.write(cut[_HEADER_BYTES:])
