"""The headers of tus 1.0 (https://tus.io/protocols/resumable-upload) whose values need reading."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Protocol

from surtitle.errors import Invalid
from surtitle.media.errors import ChecksumMismatch, MalformedUpload

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-with-upload", "termination", "expiration", "checksum")
CHECKSUM_ALGORITHMS = ("sha1", "sha256", "md5")

_MAX_METADATA_CHARS = 16 * 1024


class Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must hash to."""

    algorithm: str
    digest: bytes

    def hasher(self) -> Digest:
        # The client picks the algorithm; it guards against accidents on the way, not against people.
        return hashlib.new(self.algorithm, usedforsecurity=False)

    def verify(self, hasher: Digest) -> None:
        """Raises `ChecksumMismatch`."""
        if hasher.digest() != self.digest:
            raise ChecksumMismatch


def parse_checksum(header: str | None) -> Checksum | None:
    """`Upload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=`."""
    if header is None:
        return None
    algorithm, _, encoded = header.strip().partition(" ")
    if algorithm not in CHECKSUM_ALGORITHMS:
        raise Invalid(
            f"Upload-Checksum names {algorithm[:20]!r}; known are {', '.join(CHECKSUM_ALGORITHMS)}.",
            field="Upload-Checksum",
        )
    digest = _decoded(encoded, "Upload-Checksum")
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise MalformedUpload(f"Upload-Checksum is {len(digest)} bytes long, which no {algorithm} is.")
    return Checksum(algorithm, digest)


def parse_metadata(header: str | None) -> dict[str, str]:
    """`Upload-Metadata: filename dGFsay5tcDQ=,is_confidential` as text by key. Values are as hostile as
    any: nothing in them is used as a path. Raises `MalformedUpload`.
    """
    metadata: dict[str, str] = {}
    if header is not None and len(header) > _MAX_METADATA_CHARS:
        raise MalformedUpload(f"Upload-Metadata is longer than {_MAX_METADATA_CHARS} characters.")
    for pair in (header or "").split(","):
        key, _, encoded = pair.strip().partition(" ")
        if not key and not encoded:
            continue
        if not key or not key.isascii() or key in metadata:
            raise MalformedUpload(f"Upload-Metadata has an empty, repeated or non-ASCII key: {key[:40]!r}.")
        metadata[key] = _decoded(encoded.strip(), "Upload-Metadata").decode(errors="replace")
    return metadata


def upload_name(metadata: dict[str, str]) -> str:
    """What the client calls its file; clients differ in the key."""
    return metadata.get("filename") or metadata.get("name") or ""


def _decoded(encoded: str, header: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedUpload(f"{header} holds {encoded[:40]!r}, which is not base64.") from error
