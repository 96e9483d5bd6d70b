"""A zip file that is sent while it is made: a library of any size needs the memory of one piece."""

import asyncio
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import IO, cast

_PIECE_BYTES = 256 * 1024
# Above this, sizes need the fields of Zip64, which old programs cannot read: smaller files do without.
_ZIP64_FROM_BYTES = 2**31 - 2**20
_FIRST_YEAR = 1980
_FORBIDDEN_ON_WINDOWS = re.compile(r'[<>:"|?*\\/]')
_NAME_BYTES = 180


class ZipStream:
    """Takes files one after another and gives the bytes of the zip. The same files give the same bytes."""

    def __init__(self) -> None:
        self._outlet = _Outlet()
        self._zip = zipfile.ZipFile(cast("IO[bytes]", self._outlet), "w", allowZip64=True)

    async def file(
        self, name: str, made_at: datetime, pieces: AsyncIterator[bytes], *, size_bytes: int, packed: bool
    ) -> AsyncIterator[bytes]:
        """Add one file. `size_bytes` is what it has, or at most has; `packed` compresses it."""
        entry = zipfile.ZipInfo(name, _zip_time(made_at))
        entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        entry.external_attr = 0o600 << 16
        with self._zip.open(entry, "w", force_zip64=size_bytes >= _ZIP64_FROM_BYTES) as target:
            async for piece in pieces:
                await asyncio.to_thread(target.write, piece)
                if self._outlet.waiting_bytes >= _PIECE_BYTES:
                    yield self._outlet.taken()
        yield self._outlet.taken()

    def end(self) -> bytes:
        """The directory at the end."""
        self._zip.close()
        return self._outlet.taken()


def zip_name(name: str, fallback: str = "file") -> str:
    """A person's name for a file, made fit for every file system; never a way out of the folder.

    Put an id before it: that keeps names apart, and `CON` or `.ssh` from meaning anything.
    """
    plain = "".join(character if character.isprintable() else "_" for character in name)
    plain = _FORBIDDEN_ON_WINDOWS.sub("_", plain)
    stem, dot, extension = plain.rpartition(".")
    if len(plain.encode()) > _NAME_BYTES:
        ending = dot + extension if stem and len(extension.encode()) <= 10 else ""  # noqa: PLR2004
        plain = plain.encode()[: _NAME_BYTES - len(ending.encode())].decode(errors="ignore") + ending
    return plain.rstrip(". ") or fallback


class _Outlet:
    """What the zip is written to: no file, so that it is never sought in."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.waiting_bytes = 0

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        self.waiting_bytes += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        self.waiting_bytes = 0
        return data


def _zip_time(moment: datetime) -> tuple[int, int, int, int, int, int]:
    """In UTC; the format knows no zone, and no year before 1980."""
    utc = moment.astimezone(UTC)
    if utc.year < _FIRST_YEAR:
        return (_FIRST_YEAR, 1, 1, 0, 0, 0)
    return (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second)
