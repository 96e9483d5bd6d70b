"""Fetches over a real database and store, from a real server on loopback."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.api.installation import wav
from tests.fakes.web_server import Received, WebServer, web_server
from tests.servers.fixtures import database

from surtitle.accounts.secrets import Secrets
from surtitle.config import FetchSettings, OutgoingSettings, Settings
from surtitle.db.engine import Database
from surtitle.db.fetch_models import Fetch
from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.media.fetching.fetcher import Fetcher
from surtitle.media.fetching.service import Fetches, FetchWish
from surtitle.media.service import MediaService
from surtitle.outgoing.client import Outgoing
from surtitle.storage import open_store

__all__ = ["database"]

TALK = wav(30.0)
"""480,044 bytes."""


@dataclass
class Fetching:
    """All the parts of one installation that fetch, and the server that they fetch from."""

    database: Database
    service: Fetches
    fetcher: Fetcher
    media: MediaService
    server: WebServer
    scratch: Path

    async def ask(self, path: str = "/talk.wav", **wish: Any) -> Fetch:
        return await self.service.create(PERSONAL_PROJECT, FetchWish(f"{self.server.url}{path}", **wish))

    async def row(self) -> Fetch:
        async with self.database.reading() as session:
            (fetch,) = (await session.scalars(select(Fetch))).all()
        return fetch

    async def brought(self) -> list[Media]:
        return list((await self.media.list(PERSONAL_PROJECT)).items)

    async def wait_over(self) -> None:
        """As if the wait for the next try had passed, or the lease of a dead worker."""
        async with self.database.writing() as session:
            await session.execute(update(Fetch).values(run_at_epoch=0.0, lease_until_epoch=None))

    async def content(self, media: Media) -> bytes:
        return b"".join([piece async for piece in self.media.open_source(media)])

    def left(self) -> list[str]:
        """What lies on the worker's disk."""
        folder = self.scratch / "fetches"
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []


@dataclass
class FileServer:
    """Serves `data` at every path, in parts where it is asked to, and breaks off where a test says so."""

    data: bytes = TALK
    etag: str | None = '"v1"'
    break_at: int | None = None
    """The byte after which the connection ends, once."""
    ranges: bool = True
    heeds_if_range: bool = True
    headers: str = "Content-Type: audio/wav\r\n"

    async def __call__(self, request: Received, writer: asyncio.StreamWriter) -> None:
        start = self._start(request)
        status = (
            f"206 Partial\r\nContent-Range: bytes {start}-{len(self.data) - 1}/{len(self.data)}"
            if start
            else "200 OK"
        )
        etag = f"ETag: {self.etag}\r\n" if self.etag else ""
        head = f"HTTP/1.1 {status}\r\n{self.headers}{etag}Content-Length: {len(self.data) - start}\r\n\r\n"
        end, self.break_at = self.break_at, None
        writer.write(head.encode() + self.data[start:end])
        await writer.drain()

    def _start(self, request: Received) -> int:
        wanted, version = request.headers.get("range"), request.headers.get("if-range")
        if not self.ranges or wanted is None or (self.heeds_if_range and version != self.etag):
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))


@pytest.fixture
async def fetching(database: Database, tmp_path: Path) -> AsyncIterator[Fetching]:
    settings = Settings(
        data_dir=tmp_path / "data",
        outgoing=OutgoingSettings(allow_private=["127.0.0.1/32"], ports=[], idle_seconds=5.0),
        fetch=FetchSettings(tries=3, of_project_at_once=2, most_waiting=4, sites=True),
        _env_file=None,
    )
    secrets, outgoing = Secrets(b"s" * 32), Outgoing(settings.outgoing)
    media = MediaService(database, open_store(settings), settings)
    async with web_server() as server:
        server.replies["*"] = FileServer()
        yield Fetching(
            database,
            Fetches(database, secrets, outgoing, settings.fetch, settings.outgoing),
            Fetcher(database, media, secrets, outgoing, settings),
            media,
            server,
            settings.scratch_directory,
        )
    await media.close()
    await outgoing.close()
