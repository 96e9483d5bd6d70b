"""Sending files: ranges, validators, names. RFC 9110 sections 13 and 14, RFC 6266, RFC 8187."""

import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.exceptions import HTTPException

from surtitle.pipelines.result_files import ResultFile

_RANGE = re.compile(r"(\d{0,18})-(\d{0,18})")
# What a person uploaded is shown by no page of ours: it may run nothing and fetch nothing.
_CONTENT_POLICY = (
    "sandbox; default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)
# Clients that follow a redirect to another host leave `Authorization` behind, and this one not.
_KEY_HEADER = "x-api-key"
_NOT_IN_A_TOKEN = re.compile(r"[^A-Za-z0-9!#$&+.^_`|~ ()\[\],@=-]")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `[start, end)` of a file."""

    start: int
    end: int


async def send_file(
    request: Request,
    file: ResultFile,
    disposition: Literal["attachment", "inline"] = "attachment",
    *,
    may_redirect: bool = True,
) -> Response:
    """The file, a range of it, or 304 when the client has it already. HEAD gets the headers alone.

    Where the installation has downloads come from the store itself, the answer is its address there, unless
    the route's clients are known not to follow (`may_redirect`), or the request holds a key that its client
    would send along to the store. Of several ranges asked for at once the
    first is sent. Raises HTTPException 416 for a range that begins after the end.
    """
    headers = {
        "ETag": f'"{file.sha256}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": content_disposition(disposition, file.name),
        "Content-Security-Policy": _CONTENT_POLICY,
    }
    if _already_has(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if may_redirect and (address := _address_in_store(request, file, headers["Content-Disposition"])):
        return RedirectResponse(address, 307, {"Cache-Control": "private, no-store"})
    wanted = _wanted_range(request, file.size_bytes, headers["ETag"])
    part = wanted or ByteRange(0, file.size_bytes)
    headers |= {"Content-Type": file.media_type, "Content-Length": str(part.end - part.start)}
    if wanted is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{file.size_bytes}"
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    pieces = await _begun(file.open(part.start, part.end))
    return StreamingResponse(pieces, status, headers=headers)


def content_disposition(kind: str, name: str) -> str:
    """With the name as it is for today's clients, and in ASCII for those that know no other."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    fallback = _NOT_IN_A_TOKEN.sub("_", plain).strip() or "file"
    return f"{kind}; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


def parse_range(header: str, size_bytes: int) -> ByteRange | None:
    """The first range in a `Range` header; None for one that is to be ignored.

    Raises ValueError when the range has no byte in common with the file.
    """
    unit, _, ranges = header.partition("=")
    found = _RANGE.fullmatch(ranges.split(",", 1)[0].strip())
    if unit.strip().lower() != "bytes" or found is None or found[0] == "-":
        return None
    first, last = found[1], found[2]
    if not first:
        start, end = max(0, size_bytes - int(last)), size_bytes
    else:
        start, end = int(first), min(int(last) + 1, size_bytes) if last else size_bytes
        if last and int(last) < start:
            return None
    if start >= end:
        raise ValueError(header)
    return ByteRange(start, end)


def _address_in_store(request: Request, file: ResultFile, disposition: str) -> str | None:
    """Signed for this one file, and told only to whom the file may be sent anyway."""
    store = request.app.state.services.store
    if file.object_key is None or request.method != "GET" or _KEY_HEADER in request.headers:
        return None
    link: str | None = store.download_link(file.object_key, disposition, file.media_type)
    return link


def _wanted_range(request: Request, size_bytes: int, etag: str) -> ByteRange | None:
    header = request.headers.get("range")
    if header is None or request.headers.get("if-range", etag) != etag:
        return None
    try:
        return parse_range(header, size_bytes)
    except ValueError:
        raise HTTPException(
            416,
            f"The file has {size_bytes} bytes; ask for a range within them.",
            {"Content-Range": f"bytes */{size_bytes}"},
        ) from None


def _already_has(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in known or etag in known


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, the first already there: a file that is gone is told before the answer begins."""
    first = await anext(pieces, b"")

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_pieces()
