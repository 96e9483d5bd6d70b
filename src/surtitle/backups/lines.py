"""Documents of any length, one a line, compressed: tables and lists of objects."""

import json
import zlib
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

from surtitle.backups.errors import BackupDamaged

# Twice as quick as the default, and little larger: rows are short and alike.
_LEVEL = 3
_TOGETHER_BYTES = 64 * 1024


async def packed(documents: AsyncIterable[Any]) -> AsyncGenerator[bytes, None]:
    """JSON, a line each, compressed."""
    packer, waiting = zlib.compressobj(_LEVEL), bytearray()
    async for document in documents:
        waiting += json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        if len(waiting) >= _TOGETHER_BYTES:
            yield packer.compress(bytes(waiting))
            waiting.clear()
    yield packer.compress(bytes(waiting)) + packer.flush()


async def unpacked(name: str, chunks: AsyncIterable[bytes]) -> AsyncGenerator[Any, None]:
    """The documents again. Raises `BackupDamaged` naming the file."""
    unpacker, waiting = zlib.decompressobj(), b""
    async for chunk in chunks:
        piece = chunk
        while piece:
            try:
                waiting += unpacker.decompress(piece, _TOGETHER_BYTES)
            except zlib.error:
                raise BackupDamaged(name, "cannot be unpacked") from None
            piece = unpacker.unconsumed_tail
            *lines, waiting = waiting.split(b"\n")
            for line in lines:
                yield json.loads(line)
    if not unpacker.eof or waiting:
        raise BackupDamaged(name, "is cut short")
