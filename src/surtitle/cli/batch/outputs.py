"""Where results go: beside the recording, into a folder, into one file, or to standard output."""

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from surtitle.cli.batch.inputs import STANDARD, Source
from surtitle.errors import Conflict, Invalid


@dataclass(frozen=True, slots=True)
class Wanted:
    """One result of each recording: a format of `ResultService`, and what follows the recording's stem."""

    format: str
    ending: str
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One result of one recording; `path` None is standard output."""

    wanted: Wanted
    path: Path | None

    @property
    def shown(self) -> str:
        return str(self.path) if self.path else "standard output"


class OutputExists(Conflict):
    slug = "output-exists"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} exists already. Add --overwrite to replace it, or choose another --output.")


def plan(sources: Sequence[Source], wanted: Sequence[Wanted], output: str | None) -> list[list[Target]]:
    """The targets of each source. Raises `Invalid` for an --output that cannot hold them all."""
    several = len(sources) > 1 or len(wanted) > 1
    if output == STANDARD or (output is None and any(source.path is None for source in sources)):
        if several:
            raise Invalid("Standard output takes one result; name a folder with --output for several.")
        if wanted[0].binary and sys.stdout.isatty():
            raise Invalid(
                f"{wanted[0].format} is no text for a terminal; name a file with --output, or use a pipe."
            )
        return [[Target(wanted[0], None)]]
    plans = [[Target(one, _place(source, one, output, several)) for one in wanted] for source in sources]
    _refuse_collisions(sources, plans)
    return plans


def _place(source: Source, wanted: Wanted, output: str | None, several: bool) -> Path:
    name = source.stem + wanted.ending
    if output is None:
        assert source.path is not None
        return source.path.with_name(name)
    place = Path(output).expanduser()
    if several or place.is_dir() or output.endswith(("/", os.sep)):
        if place.exists() and not place.is_dir():
            raise Invalid(f"{place} is a file, and there are several results; name a folder with --output.")
        return place / name
    return place


def _refuse_collisions(sources: Sequence[Source], plans: Sequence[Sequence[Target]]) -> None:
    makers: dict[Path, Source] = {source.path.absolute(): source for source in sources if source.path}
    for source, targets in zip(sources, plans, strict=True):
        for target in targets:
            assert target.path is not None
            place = target.path.absolute()
            other = makers.setdefault(place, source)
            if other is not source or place == (source.path and source.path.absolute()):
                raise Invalid(
                    f"{target.path} would be written for {source.shown} and already belongs to "
                    f"{other.shown}. Run them one at a time with different --output."
                )


async def write(target: Target, chunks: AsyncIterator[bytes], *, overwrite: bool, tag: str) -> None:
    """Write a result whole or not at all. An equal file that is there already is left as it is.

    `tag` names the work, so that what a killed command left half-written is overwritten by the next.
    Raises `OutputExists`.
    """
    if target.path is None:
        async for chunk in chunks:
            await asyncio.to_thread(_to_standard_output, chunk)
        return
    await asyncio.to_thread(target.path.parent.mkdir, parents=True, exist_ok=True)
    made = target.path.with_name(f".{target.path.name[:100]}.{tag}.part")
    try:
        with await asyncio.to_thread(made.open, "wb") as file:
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_settle, file)
        await asyncio.to_thread(_put_in_place, made, target.path, overwrite=overwrite)
    finally:
        made.unlink(missing_ok=True)


def _settle(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _put_in_place(made: Path, path: Path, *, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        if _digest(path) == _digest(made):
            return
        raise OutputExists(path)
    made.replace(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_standard_output(chunk: bytes) -> None:
    sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()
