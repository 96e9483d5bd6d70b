"""What obstore cannot do with an S3 bucket: uploads in parts by somebody else, and links with a name."""

import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import httpx

from surtitle.clock import utc_now
from surtitle.config import StorageSettings
from surtitle.errors import NotFound, Unavailable
from surtitle.storage.faults import StoreAway
from surtitle.storage.s3_signing import S3Bucket

_OWN_SECONDS = 300
"""How long our own signed requests are good for: clocks differ."""

_PASSING_CODES = frozenset({"429", "InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown"})
"""A refusal that comes with 200, or with too many requests, and says that trying later may help."""

OWN_FOLDERS = ("media/", "jobs/", "transcripts/")
"""Where all keys of ours are. Without a prefix, others may have theirs in the same bucket."""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part of a multipart upload that is there, numbered from 1."""

    number: int
    size_bytes: int
    etag: str


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """A multipart upload that was begun and neither completed nor aborted."""

    key: str
    upload_id: str
    begun_at: datetime


class BucketClient:
    """One bucket by S3's own protocol. Keys are ours: the prefix is put before them here.

    `inside` is how this machine reaches the bucket, `outside` how clients do.
    """

    def __init__(self, inside: S3Bucket, outside: S3Bucket, prefix: str, settings: StorageSettings) -> None:
        self._inside = inside
        self._outside = outside
        self._prefix = f"{prefix}/" if prefix else ""
        self._settings = settings

    @property
    def serves_downloads(self) -> bool:
        """Whether clients are sent here for what they download."""
        return self._settings.redirect_downloads

    @property
    def origin(self) -> str:
        """Scheme and host at which clients reach the bucket."""
        parts = urlsplit(self._outside.address)
        return f"{parts.scheme}://{parts.netloc}"

    def link(self, key: str, *, disposition: str, media_type: str) -> str:
        """An address at which anybody can read the object for a while, under a name of its own."""
        told = {"response-content-disposition": disposition, "response-content-type": media_type}
        return self._outside.signed("GET", self._prefix + key, self._settings.signed_url_seconds, query=told)

    def part_link(self, key: str, upload_id: str, number: int, size_bytes: int) -> str:
        """An address at which anybody can put one part, of just this size, for a while."""
        return self._outside.signed(
            "PUT",
            self._prefix + key,
            self._settings.signed_url_seconds,
            query={"partNumber": str(number), "uploadId": upload_id},
            headers={"Content-Length": str(size_bytes)},
        )

    async def begin(self, key: str) -> str:
        """Begin a multipart upload; its id."""
        answer = await self._asked("POST", key, {"uploads": ""})
        return _text(answer, "UploadId")

    async def parts(self, key: str, upload_id: str) -> list[StoredPart]:
        """The parts that are there, in order. Raises `NotFound` once it is completed or aborted."""
        found: dict[int, tuple[str, StoredPart]] = {}
        markers = {"part-number-marker": "NextPartNumberMarker"}
        async for page in self._pages(key, {"uploadId": upload_id}, markers):
            for told in page.iterfind("{*}Part"):
                part = StoredPart(
                    int(_text(told, "PartNumber")), int(_text(told, "Size")), _text(told, "ETag")
                )
                changed = _text(told, "LastModified")
                # Of a part that was sent twice some servers list both; the newer one counts.
                if part.number not in found or found[part.number][0] <= changed:
                    found[part.number] = (changed, part)
        return [part for _, (_, part) in sorted(found.items())]

    async def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> None:
        """Make the object of its parts. Raises `NotFound` when it was completed before, or aborted."""
        body = ET.Element("CompleteMultipartUpload")
        for part in parts:
            item = ET.SubElement(body, "Part")
            ET.SubElement(item, "PartNumber").text = str(part.number)
            ET.SubElement(item, "ETag").text = part.etag
        await self._asked("POST", key, {"uploadId": upload_id}, ET.tostring(body))

    async def abort(self, key: str, upload_id: str) -> None:
        """Drop the parts. One that is not there any more is no fault, so that it can be repeated."""
        try:
            await self._asked("DELETE", key, {"uploadId": upload_id})
        except NotFound:
            return

    async def open_uploads(self) -> AsyncIterator[OpenUpload]:
        """Every multipart upload under way below the prefix, ours and those of writers that died."""
        markers = {"key-marker": "NextKeyMarker", "upload-id-marker": "NextUploadIdMarker"}
        async for page in self._pages(None, {"uploads": "", "prefix": self._prefix}, markers):
            for upload in page.iterfind("{*}Upload"):
                key = _text(upload, "Key")
                if key.startswith(self._prefix):
                    begun = datetime.fromisoformat(_text(upload, "Initiated"))
                    yield OpenUpload(key.removeprefix(self._prefix), _text(upload, "UploadId"), begun)

    async def abort_abandoned(self, older_than: timedelta) -> int:
        """Drop the parts of uploads of ours that were begun so long ago; how many uploads."""
        until = utc_now() - older_than
        going = [
            upload
            async for upload in self.open_uploads()
            if upload.begun_at < until and upload.key.startswith(OWN_FOLDERS)
        ]
        for upload in going:
            await self.abort(upload.key, upload.upload_id)
        return len(going)

    async def _pages(
        self, key: str | None, query: Mapping[str, str], markers: Mapping[str, str]
    ) -> AsyncIterator[ET.Element]:
        """All pages of a list; `markers` is what to ask with, by what the page before says."""
        asked = dict(query)
        while True:
            page = await self._asked("GET", key, asked)
            yield page
            if page.findtext("{*}IsTruncated") != "true":
                return
            asked |= {name: _text(page, told) for name, told in markers.items()}

    async def _asked(
        self, method: str, key: str | None, query: Mapping[str, str], body: bytes | None = None
    ) -> ET.Element:
        """The store's answer. A list of the bucket itself has no key."""
        url = self._inside.signed(
            method, "" if key is None else self._prefix + key, _OWN_SECONDS, query=query
        )
        timeout = httpx.Timeout(self._settings.request_seconds, connect=self._settings.connect_seconds)
        transport = httpx.AsyncHTTPTransport(verify=self._trust, retries=2)
        try:
            async with httpx.AsyncClient(transport=transport, timeout=timeout) as client:
                answer = await client.request(method, url, content=body)
        except httpx.HTTPError as error:
            # Its words may hold the signed address.
            raise StoreAway(f"The store did not answer ({type(error).__name__}). Try again later.") from None
        return _understood(answer, key)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        trust = ssl.create_default_context()
        if self._settings.ca_file is not None:
            trust.load_verify_locations(self._settings.ca_file)
        return trust


def _understood(answer: httpx.Response, key: str | None) -> ET.Element:
    """Raises `NotFound`, `StoreAway` or `Unavailable`; a refusal may also come with the status 200."""
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise NotFound(f"The store knows nothing of {key!r}.")
    told = _parsed(answer)
    if answer.is_error or told.tag == "Error":
        code = told.findtext("{*}Code") or str(answer.status_code)
        may_pass = answer.is_server_error or code in _PASSING_CODES
        kind = StoreAway if may_pass else Unavailable
        raise kind(f"The store refused {answer.request.method} of {key!r}: {code}.")
    return told


def _parsed(answer: httpx.Response) -> ET.Element:
    """An element without content where there is none, or where a proxy's own page stands for a refusal."""
    try:
        if answer.content:
            return ET.fromstring(answer.content)  # noqa: S314 - it comes from our own store
    except ET.ParseError as error:
        if not answer.is_error:
            raise Unavailable(f"The store's answer ({answer.status_code}) is no XML.") from error
    return ET.Element("Nothing")


def _text(element: ET.Element, name: str) -> str:
    found = element.findtext(f"{{*}}{name}")
    if found is None:
        raise Unavailable(f"The store's answer lacks {name}.")
    return found
