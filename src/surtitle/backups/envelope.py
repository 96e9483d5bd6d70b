"""How every file of a backup is wrapped: in pieces of bounded size, each proven to be what was written there.

48 bytes of head (`SURTBK`, version, mode, key id, salt), then with a key pieces of AES-256-GCM, of 1 MiB of
content and 16 bytes of proof each. A piece's nonce is its number and whether it is the last one (the STREAM
construction: Hoang, Reyhanitabar, Rogaway, Vizár 2015), so that pieces can be neither swapped nor left off.
The file's key comes from the operator's, the salt and the file's name, so that no file can stand for another.
Without a key there are the bytes as they are and their SHA-256, which finds accidents and no malice.
"""

import hashlib
import secrets
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from surtitle.backups.errors import BackupDamaged
from surtitle.backups.keys import KEY_ID_BYTES, BackupKey, KeyRing
from surtitle.config import MIB
from surtitle.errors import Invalid

_MAGIC = b"SURTBK"
_VERSION = 1
_PLAIN, _SEALED = 0, 1
_SALT_BYTES = 32
_NO_KEY = bytes(KEY_ID_BYTES)
_TAG_BYTES = 16
_DIGEST_BYTES = 32
_NUMBER_BYTES = 11
HEAD_BYTES = len(_MAGIC) + 2 + KEY_ID_BYTES + _SALT_BYTES
PIECE_BYTES = MIB
_CUT_SHORT = "is cut short"
_ALTERED = "is not what was written"


@dataclass(frozen=True, slots=True)
class Head:
    """`key_id` None: the file is not encrypted."""

    key_id: bytes | None
    salt: bytes

    @property
    def raw(self) -> bytes:
        mode = _PLAIN if self.key_id is None else _SEALED
        return _MAGIC + bytes([_VERSION, mode]) + (self.key_id or _NO_KEY) + self.salt


def wrapped_size(size_bytes: int, *, sealed: bool) -> int:
    """How many bytes so much content takes."""
    if not sealed:
        return HEAD_BYTES + size_bytes + _DIGEST_BYTES
    return HEAD_BYTES + size_bytes + _TAG_BYTES * max(1, -(-size_bytes // PIECE_BYTES))


def content_size(wrapped_bytes: int, *, sealed: bool) -> int:
    """How much content so many bytes hold; below 0 for fewer than there can be."""
    if not sealed:
        return wrapped_bytes - HEAD_BYTES - _DIGEST_BYTES
    inside = wrapped_bytes - HEAD_BYTES
    return inside - _TAG_BYTES * -(-inside // (PIECE_BYTES + _TAG_BYTES))


async def wrapped(
    name: str, chunks: AsyncIterable[bytes], key: BackupKey | None
) -> AsyncGenerator[bytes, None]:
    """The file called `name` with this content, piece by piece."""
    head = Head(key.id if key else None, secrets.token_bytes(_SALT_BYTES))
    yield head.raw
    pieces = _sealed(name, head, chunks, key) if key else _plain(name, head, chunks)
    async for piece in pieces:
        yield piece


async def unwrapped(name: str, chunks: AsyncIterable[bytes], keys: KeyRing) -> AsyncGenerator[bytes, None]:
    """The content of the file called `name`. Nothing comes that is not proven, but without a key: there the
    proof comes last. Raises `BackupDamaged`, `KeyMissing`.
    """
    pieces = aiter(chunks)
    start = bytearray()
    while len(start) < HEAD_BYTES:
        try:
            start += await anext(pieces)
        except StopAsyncIteration:
            raise BackupDamaged(name, _CUT_SHORT) from None
    head, rest = read_head(name, bytes(start[:HEAD_BYTES])), _preceded(bytes(start[HEAD_BYTES:]), pieces)
    if head.key_id is None:
        content = _unplained(name, head, rest)
    else:
        content = _opened(name, head, rest, keys.with_id(head.key_id))
    async for piece in content:
        yield piece


def read_head(name: str, data: bytes) -> Head:
    """Raises `BackupDamaged`, and `Invalid` for a version that is not known here."""
    if len(data) < HEAD_BYTES or not data.startswith(_MAGIC):
        raise BackupDamaged(name, _ALTERED)
    version, mode = data[len(_MAGIC)], data[len(_MAGIC) + 1]
    if version > _VERSION:
        raise Invalid(
            "The backup was written by a newer Surtitle. Install that version, and restore with it."
        )
    if mode not in {_PLAIN, _SEALED}:
        raise BackupDamaged(name, _ALTERED)
    key_id = data[len(_MAGIC) + 2 :][:KEY_ID_BYTES]
    return Head(None if mode == _PLAIN else key_id, data[-_SALT_BYTES:])


async def _sealed(
    name: str, head: Head, chunks: AsyncIterable[bytes], key: BackupKey
) -> AsyncGenerator[bytes, None]:
    cipher, number, waiting = AESGCM(key.derived(f"file {name}", head.salt)), 0, bytearray()
    async for chunk in chunks:
        waiting += chunk
        # One that fills a piece exactly may be the last.
        while len(waiting) > PIECE_BYTES:
            yield cipher.encrypt(_nonce(number, last=False), bytes(waiting[:PIECE_BYTES]), head.raw)
            del waiting[:PIECE_BYTES]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(waiting), head.raw)


async def _opened(
    name: str, head: Head, chunks: AsyncIterable[bytes], key: BackupKey
) -> AsyncGenerator[bytes, None]:
    cipher, number, waiting = AESGCM(key.derived(f"file {name}", head.salt)), 0, bytearray()
    whole = PIECE_BYTES + _TAG_BYTES
    try:
        async for chunk in chunks:
            waiting += chunk
            while len(waiting) > whole:
                yield cipher.decrypt(_nonce(number, last=False), bytes(waiting[:whole]), head.raw)
                del waiting[:whole]
                number += 1
        if len(waiting) < _TAG_BYTES:
            raise BackupDamaged(name, _CUT_SHORT)
        yield cipher.decrypt(_nonce(number, last=True), bytes(waiting), head.raw)
    except InvalidTag:
        raise BackupDamaged(name, f"{_ALTERED}, or is cut short") from None


async def _plain(name: str, head: Head, chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    digest = hashlib.sha256(head.raw + name.encode())
    async for chunk in chunks:
        digest.update(chunk)
        yield chunk
    yield digest.digest()


async def _unplained(name: str, head: Head, chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    digest, waiting = hashlib.sha256(head.raw + name.encode()), bytearray()
    async for chunk in chunks:
        waiting += chunk
        if len(waiting) > _DIGEST_BYTES:
            piece = bytes(waiting[:-_DIGEST_BYTES])
            digest.update(piece)
            yield piece
            del waiting[:-_DIGEST_BYTES]
    if len(waiting) < _DIGEST_BYTES:
        raise BackupDamaged(name, _CUT_SHORT)
    if digest.digest() != bytes(waiting):
        raise BackupDamaged(name, f"{_ALTERED}, or is cut short")


async def _preceded(first: bytes, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    yield first
    async for chunk in chunks:
        yield chunk


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NUMBER_BYTES, "big") + bytes([last])
