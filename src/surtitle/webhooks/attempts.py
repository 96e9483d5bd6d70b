"""One try of one delivery: what is sent, and what came back."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from surtitle.clock import utc_now
from surtitle.errors import SurtitleError
from surtitle.outgoing.client import Answer, Bounds, Order, Outgoing

_KEPT_BYTES = 1024
_ANSWER_SECONDS = 2.0
_MOST_WAIT_SECONDS = 86_400.0
_MAY_ASK_US_TO_WAIT = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a try ended. `status` None: no answer came, and `error` says why. `answer` is its beginning."""

    at: datetime
    seconds: float
    status: int | None = None
    error: str | None = None
    answer: str | None = None
    wait_seconds: float | None = None
    """How long the server asks us to wait."""

    @property
    def succeeded(self) -> bool:
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def gone(self) -> bool:
        """The server says that nobody is there any more, and wants to hear nothing further."""
        return self.status == HTTPStatus.GONE

    def told(self) -> dict[str, Any]:
        """For the delivery's log."""
        return {
            "at": self.at.isoformat(),
            "seconds": round(self.seconds, 3),
            "status": self.status,
            "error": self.error,
            "answer": self.answer,
        }


async def attempt(
    outgoing: Outgoing, url: str, headers: Mapping[str, str], body: bytes, seconds: float
) -> Attempt:
    """Send it. Redirects are not followed: an answer of 300 to 399 is a failure."""
    at, began = utc_now(), time.monotonic()
    order = Order("POST", url, {"Content-Type": "application/json", **headers}, body)
    try:
        async with outgoing.asked(order, Bounds(seconds, _KEPT_BYTES)) as answer:
            told = Attempt(
                at=at,
                seconds=time.monotonic() - began,
                status=answer.status,
                error=_why_not(answer.status),
                answer=await _beginning(answer),
                wait_seconds=_wait_seconds(answer),
            )
    except SurtitleError as error:
        return Attempt(at=at, seconds=time.monotonic() - began, error=error.message)
    return told


async def _beginning(answer: Answer) -> str:
    """What a person may need to see. A body that does not come changes nothing of the status, which did."""
    kept = b""
    with suppress(SurtitleError, TimeoutError):
        async with asyncio.timeout(_ANSWER_SECONDS):
            kept = await answer.beginning(_KEPT_BYTES)
    text = kept.decode(errors="replace")
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)


def _why_not(status: int) -> str | None:
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        moved = status < HTTPStatus.BAD_REQUEST
        return "It redirects, which is not followed." if moved else f"It answered {status}."
    return None


def _wait_seconds(answer: Answer) -> float | None:
    """`Retry-After`, in seconds or as a date (RFC 9110); at most a day."""
    told = answer.headers.get("retry-after", "").strip()
    if not told or answer.status not in _MAY_ASK_US_TO_WAIT:
        return None
    if told.isascii() and told.isdigit():
        return min(float(told[:9]), _MOST_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(told)
    except (ValueError, OverflowError):
        return None
    until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return min(max((until - utc_now()).total_seconds(), 0.0), _MOST_WAIT_SECONDS)
