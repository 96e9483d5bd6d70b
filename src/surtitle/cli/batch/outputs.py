"""Where results go: beside the recording, into a folder, into one file, or to standard output."""

import asyncio
import errno
import hashlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from surtitle.cli.batch.inputs import STANDARD, Source
from surtitle.errors import Conflict, Invalid, SurtitleError

_NAME_BYTES = 100
_BLOCK_BYTES = 4096


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
        super().__init__(f"{path} exists already. Add --overwrite to replace it, or choose another place.")


class CannotWrite(SurtitleError):
    slug = "cannot-write"

    def __init__(self, path: Path, error: OSError) -> None:
        why = error.strerror or error
        super().__init__(f"{path} cannot be written: {why}. Mend that, or choose another place.")


UNWRITTEN = (OutputExists, CannotWrite)
"""A result that cannot be put in its place."""


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


def look_ahead(targets: Sequence[Target], tag: str, *, may_exist: bool) -> None:
    """Find out before an hour of work, rather than after it, what cannot be written.

    Raises `OutputExists`, `CannotWrite`.
    """
    for path in [target.path for target in targets if target.path is not None]:
        try:
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if path.exists() and not may_exist:
                raise OutputExists(path)
            _try_out(path, tag)
        except OSError as error:
            raise CannotWrite(path, error) from error


def _try_out(path: Path, tag: str) -> None:
    folder = path.parent
    # A folder that is not there yet is made with the result: work that fails leaves no empty one.
    while not folder.exists():
        folder = folder.parent
    part = folder / _part_of(path, tag).name
    try:
        # A full disk takes the name, but no block.
        part.write_bytes(bytes(_BLOCK_BYTES))
    finally:
        part.unlink(missing_ok=True)


async def write(target: Target, chunks: AsyncIterator[bytes], *, overwrite: bool, tag: str) -> None:
    """Write a result whole or not at all. An equal file that is there already is left as it is.

    `tag` names the work, so that what a killed command left half-written is overwritten by the next.
    Raises `OutputExists`, `CannotWrite`.
    """
    if target.path is None:
        async for chunk in chunks:
            await asyncio.to_thread(_to_standard_output, chunk)
        return
    try:
        await _write_file(target.path, chunks, overwrite=overwrite, tag=tag)
    except OSError as error:
        raise CannotWrite(target.path, error) from error


async def _write_file(path: Path, chunks: AsyncIterator[bytes], *, overwrite: bool, tag: str) -> None:
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    made = _part_of(path, tag)
    try:
        with await asyncio.to_thread(made.open, "wb") as file:
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_settle, file)
        await asyncio.to_thread(_put_in_place, made, path, overwrite=overwrite)
    finally:
        made.unlink(missing_ok=True)


def _part_of(path: Path, tag: str) -> Path:
    # File systems count bytes; a letter may have four.
    begin = os.fsencode(path.name)[:_NAME_BYTES].decode(errors="ignore")
    return path.with_name(f".{begin}.{tag}.part")


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
