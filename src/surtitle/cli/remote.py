"""A server's HTTP interface as a program from outside would use it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from surtitle.errors import SurtitleError, Unavailable

_TIMEOUT = httpx.Timeout(30.0, read=120.0)
_COME_BACK_SECONDS = 1.0
_TRIES = 10


class Refused(SurtitleError):
    """The server answered with a problem document."""

    slug = "refused"


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One server-sent event: its number, its type and its JSON data."""

    number: int
    type: str
    data: dict[str, Any]


class RemoteSurtitle:
    """A client of the native API. Close it at the end (`async with`)."""

    def __init__(self, url: str) -> None:
        # A proxy in the environment has no business on loopback.
        self._http = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def upload(self, path: Path) -> dict[str, Any]:
        """Send a recording; the media document."""
        with path.open("rb") as file:
            return await self._asked("POST", "/api/media", files={"file": (path.name, file)})

    async def start(
        self, recipe: str, media_id: str, options: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Start a job; the job document."""
        body = {"recipe": recipe, "media_id": media_id, "options": options or {}}
        return await self._asked("POST", "/api/jobs", json=body)

    async def job(self, job_id: str) -> dict[str, Any]:
        return await self._asked("GET", f"/api/jobs/{job_id}")

    async def events(self, job_id: str) -> AsyncIterator[ServerEvent]:
        """All events of the job to its end. A stream that breaks is taken up where it was."""
        number = 0
        for _ in range(_TRIES):
            try:
                async for event in self._stream(job_id, number):
                    number = event.number
                    yield event
            except httpx.TransportError:
                await asyncio.sleep(_COME_BACK_SECONDS)
                continue
            return
        raise Unavailable(f"The events of job {job_id} break off again and again; look at the server's log.")

    async def save(self, job_id: str, file_format: str, path: Path) -> None:
        """Download a result into `path`, whole or not at all."""
        part = path.with_name(f".{path.name}.part")
        try:
            async with self._http.stream(
                "GET", f"/api/jobs/{job_id}/result", params={"format": file_format}
            ) as answer:
                if answer.is_error:
                    await answer.aread()
                    raise Refused(_told(answer))
                with part.open("wb") as file:
                    async for chunk in answer.aiter_bytes():
                        file.write(chunk)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    async def _asked(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        answer = await self._http.request(method, path, **request)
        if answer.is_error:
            raise Refused(_told(answer))
        document: dict[str, Any] = answer.json()
        return document

    async def _stream(self, job_id: str, after: int) -> AsyncIterator[ServerEvent]:
        headers = {"Last-Event-ID": str(after)} if after else {}
        async with self._http.stream("GET", f"/api/jobs/{job_id}/events", headers=headers) as answer:
            if answer.is_error:
                await answer.aread()
                raise Refused(_told(answer))
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
                    continue
                if "data" in fields:
                    yield ServerEvent(int(fields["id"]), fields["event"], json.loads(fields["data"]))
                fields = {}


def _told(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {answer.status_code}: {answer.text[:200]}"
