"""What a server's answer says about the file: whether it is one, what it is called, which version it is."""

import re
from collections.abc import Mapping
from email.message import Message
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from surtitle.media.fetching.errors import NoRecordingThere, ServerBusy, ServerRefused
from surtitle.media.names import safe_name
from surtitle.outgoing.client import Answer

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)")
# RFC 6266: where both are told, the one that can hold any letter counts.
_EXTENDED_NAME = re.compile(r"filename\*=utf-8'[^']*'([^;\s]+)", re.IGNORECASE)
_PASSING = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.CONFLICT}
)
_PLAYLISTS = frozenset(
    {"application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl",
     "application/dash+xml"}
)  # fmt: skip
_NO_RECORDINGS = frozenset(
    {"application/json", "application/xml", "application/pdf", "application/javascript"}
)
_MOST_WAIT_SECONDS = 3600.0


def require_file(answer: Answer) -> None:
    """Raises `ServerBusy` for what may pass, `ServerRefused` or `NoRecordingThere` for what will not."""
    status = answer.status
    if status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        _require_recording(answer.headers)
        return
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
        raise ServerBusy(f"The server of the URL answers {status}.", _wait_seconds(answer.headers))
    raise ServerRefused(
        f"The server of the URL answers {status} and does not hand the recording out. Open the address in a "
        "browser that is signed in nowhere: whoever has it must get the file."
    )


def _require_recording(headers: Mapping[str, str]) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise NoRecordingThere(
            "The server of the URL sends the file compressed, unasked; fetch it otherwise."
        )
    if kind in _PLAYLISTS:
        raise NoRecordingThere(
            "The URL leads to a playlist of many pieces. Give that of the recording itself."
        )
    if kind.startswith("text/") or kind in _NO_RECORDINGS:
        raise NoRecordingThere(
            f"The URL leads to no recording but to {kind[:60]}: a page about one, perhaps. Give the address "
            "of the recording itself; for the page of a video site, ask with `from_site`."
        )


def name_told(answer: Answer, url: str) -> str:
    """By `Content-Disposition` or, failing that, the end of the address; fit to be shown."""
    disposition = answer.headers.get("content-disposition", "")[:2000]
    extended = _EXTENDED_NAME.search(disposition)
    message = Message()
    message["Content-Disposition"] = disposition
    told = unquote(extended[1]) if extended else message.get_filename()
    return safe_name(told or unquote(urlsplit(url).path.rpartition("/")[2]) or urlsplit(url).hostname or "")


def validator_of(headers: Mapping[str, str]) -> str | None:
    """What `If-Range` takes (RFC 9110, 13.1.5): a weak `ETag` does not vouch for bytes."""
    etag = headers.get("etag", "")
    if etag.startswith('"') and etag.endswith('"') and len(etag) > 2:  # noqa: PLR2004
        return etag
    return headers.get("last-modified") or None


def length_told(headers: Mapping[str, str]) -> int | None:
    told = headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() else None


def range_told(headers: Mapping[str, str]) -> tuple[int, int | None] | None:
    """Where a partial answer begins, and how much there is in all; None for what cannot be read."""
    found = _CONTENT_RANGE.fullmatch(headers.get("content-range", ""))
    if found is None:
        return None
    return int(found[1]), None if found[2] == "*" else int(found[2])


def _wait_seconds(headers: Mapping[str, str]) -> float | None:
    told = headers.get("retry-after", "").strip()
    return min(float(told[:9]), _MOST_WAIT_SECONDS) if told.isascii() and told.isdigit() else None
