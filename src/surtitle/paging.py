"""Keyset pages: a cursor names the last row seen, so page 1,000 costs what page 1 costs."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from surtitle.errors import Invalid

T = TypeVar("T")

MAX_PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `next_cursor` is None on the last page."""

    items: Sequence[T]
    next_cursor: str | None


def encode_cursor(last_id: UUID) -> str:
    """The opaque cursor for the rows after `last_id` (URL-safe, no padding)."""
    return base64.urlsafe_b64encode(last_id.bytes).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> UUID:
    """The id inside a cursor. Raises `Invalid` for text that no page ever handed out."""
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor.encode() + b"=="))
    except (ValueError, binascii.Error) as error:
        raise Invalid(
            f"The cursor {cursor[:40]!r} is not one that a page returned; start again without it."
        ) from error
