"""The bytes of a recording on their way into the installation."""

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from surtitle.errors import Invalid

_CHUNK_BYTES = 1024 * 1024


async def chunks_of(path: Path | None) -> AsyncIterator[bytes]:
    """The bytes of the file, or of standard input for None. Raises `Invalid` for one that cannot be read."""
    if path is None and not stat.S_ISREG(os.fstat(sys.stdin.fileno()).st_mode):
        reader = await _piped()
        while chunk := await reader.read(_CHUNK_BYTES):
            yield chunk
        return
    with _opened(path) as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk


def _opened(path: Path | None) -> IO[bytes]:
    if path is None:
        return sys.stdin.buffer
    try:
        return path.open("rb")
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


async def _piped() -> asyncio.StreamReader:
    """Standard input without a thread: one that waits for a silent pipe could not be stopped by Ctrl-C."""
    if sys.stdin.isatty():
        raise Invalid("Nothing is piped into standard input; name a file instead of '-'.")
    reader = asyncio.StreamReader(limit=_CHUNK_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader
