"""Recordings from pages, by the real yt-dlp behind the guard's proxy."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.fakes.web_server import Received, response, web_server
from tests.media.fetching.conftest import TALK, Fetching

from surtitle.accounts.secrets import Secrets
from surtitle.config import FetchSettings, LimitSettings, OutgoingSettings
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.errors import StorageFull
from surtitle.media.fetching.download import Allowance
from surtitle.media.fetching.errors import SitesOff
from surtitle.media.fetching.part_file import PartFile
from surtitle.media.fetching.service import Fetches, FetchWish
from surtitle.media.fetching.sites import SiteDownload
from surtitle.media.fetching.states import FetchState
from surtitle.outgoing.client import Outgoing
from surtitle.usage.errors import StorageUsedUp
from surtitle.usage.storage import StorageRoom


def page(source: str) -> bytes:
    html = f"<html><head><title>The talk</title></head><body><video src='{source}'></video></body></html>"
    return response(200, html.encode(), Content_Type="text/html")


async def test_what_a_page_shows_is_brought_through_the_guard(fetching: Fetching) -> None:
    fetching.server.replies["/page"] = page("/files/talk.wav")
    fetching.server.replies["/files/talk.wav"] = response(200, TALK, Content_Type="audio/wav")
    await fetching.ask("/page", from_site=True)
    await fetching.fetcher.fetch_due()
    row = await fetching.row()
    assert row.state == FetchState.SUCCEEDED, row.error
    (media,) = await fetching.brought()
    assert media.name == "The talk (1).wav", "as yt-dlp counts what a page shows"
    assert await fetching.content(media) == TALK
    assert fetching.left() == []
    # The proxy asks for one thing a connection.
    assert {request.headers["connection"] for request in fetching.server.received} == {"close"}


@dataclass
class EndlessFile:
    """A recording that never comes to its end, with or without saying how long it is."""

    told_bytes: int | None = None

    async def __call__(self, request: Received, writer: asyncio.StreamWriter) -> None:
        length = f"Content-Length: {self.told_bytes}\r\n" if self.told_bytes else ""
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n{length}Connection: close\r\n\r\n".encode()
        )
        while not writer.is_closing():
            writer.write(bytes(64 * 1024))
            await writer.drain()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("told_bytes", [None, 10**9])
@pytest.mark.parametrize(
    ("limits", "room", "refusal"),
    [
        ({"free_disk_bytes": 2**60}, None, StorageFull),
        ({"free_disk_bytes": 0}, StorageRoom(900_000, 1_000_000), StorageUsedUp),
    ],
)
async def test_what_there_is_no_room_for_is_given_up_while_it_comes(
    limits: dict[str, int],
    room: StorageRoom | None,
    refusal: type[Exception],
    told_bytes: int | None,
    tmp_path: Path,
) -> None:
    outgoing = Outgoing(OutgoingSettings(allow_private=["127.0.0.1/32"], ports=[], idle_seconds=5.0))
    allowance = Allowance(LimitSettings(**limits), room, seconds=20.0, redirects=3)
    part = PartFile(tmp_path / "part")
    async with web_server() as server:
        server.replies["/page"] = page("/files/talk.mp4")
        server.replies["/files/talk.mp4"] = EndlessFile(told_bytes)
        with part.locked(), pytest.raises(refusal):
            await SiteDownload(outgoing, part, allowance, lambda *_: None).run(f"{server.url}/page")
    assert [path.name for path in part.folder.iterdir()] == ["lock"], "what had come is gone"
    await outgoing.close()


async def test_a_page_that_leads_inside_is_refused(fetching: Fetching) -> None:
    fetching.server.replies["/page"] = page("http://10.0.0.1/inner.mp4")
    await fetching.ask("/page", from_site=True)
    await fetching.fetcher.fetch_due()
    row = await fetching.row()
    assert (row.state, row.error_kind) == (FetchState.FAILED, "target-refused"), row.error


async def test_a_page_without_a_recording_says_so_and_tells_no_address(fetching: Fetching) -> None:
    fetching.server.replies["/page"] = response(200, b"<html>nothing</html>", Content_Type="text/html")
    await fetching.ask("/page?token=secret", from_site=True)
    await fetching.fetcher.fetch_due()
    row = await fetching.row()
    assert (row.state, row.error_kind) == (FetchState.FAILED, "fetch-no-recording")
    assert row.error is not None
    assert "secret" not in row.error


@pytest.mark.parametrize(
    ("sites", "proxy", "why"),
    [(False, None, "SURTITLE_FETCH__SITES"), (True, "http://proxy.example:3128", "behind a proxy")],
)
async def test_it_is_used_only_where_the_installation_allows_it(
    sites: bool, proxy: str | None, why: str, database: Database
) -> None:
    way_out = OutgoingSettings.model_validate({"proxy": proxy})
    service = Fetches(database, Secrets(b"s" * 32), Outgoing(way_out), FetchSettings(sites=sites), way_out)
    with pytest.raises(SitesOff, match=why):
        await service.create(PERSONAL_PROJECT, FetchWish("https://videos.example/watch", from_site=True))
