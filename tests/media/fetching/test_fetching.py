"""From a URL to a recording."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.api.installation import wav
from tests.fakes.web_server import Received, response
from tests.media.fetching.conftest import TALK, Fetching, FileServer
from tests.servers.both import ON_BOTH

from surtitle.clock import utc_now
from surtitle.config import FetchSettings
from surtitle.db.engine import Database
from surtitle.db.errors import DatabaseAway
from surtitle.db.fetch_models import Fetch
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.repeats import KeyReused
from surtitle.media.fetching import fetcher
from surtitle.media.fetching.claims import Claims
from surtitle.media.fetching.errors import TooManyFetches
from surtitle.media.fetching.part_file import PartFiles
from surtitle.media.fetching.service import FetchWish
from surtitle.media.fetching.states import FetchState
from surtitle.outgoing.errors import TargetRefused


@ON_BOTH
async def test_a_recording_is_brought_whole_and_its_address_forgotten(fetching: Fetching) -> None:
    asked = await fetching.ask("/files/My%20talk.wav?token=secret")
    assert asked.state == FetchState.WAITING
    assert await fetching.fetcher.fetch_due() == 1
    row = await fetching.row()
    (media,) = await fetching.brought()
    assert (row.state, row.media_id, row.error) == (FetchState.SUCCEEDED, media.id, None)
    assert media.name == "My talk.wav"
    assert await fetching.content(media) == TALK
    assert (row.received_bytes, row.total_bytes) == (len(TALK), len(TALK))
    assert row.url_sealed is None
    assert row.origin == fetching.server.url
    assert fetching.left() == []


async def test_the_name_is_the_callers_then_the_servers(fetching: Fetching) -> None:
    fetching.server.replies["*"] = FileServer(
        headers="Content-Disposition: attachment; filename*=UTF-8''r%C3%A9union.wav; filename=\"../x\"\r\n"
    )
    await fetching.ask()
    await fetching.ask(name="Board meeting.wav")
    await fetching.fetcher.fetch_due()
    assert sorted(media.name for media in await fetching.brought()) == ["Board meeting.wav", "réunion.wav"]


async def test_what_breaks_off_goes_on_where_it_was(fetching: Fetching) -> None:
    server = FileServer(break_at=200_000)
    fetching.server.replies["*"] = server
    await fetching.ask()
    await fetching.fetcher.fetch_due()
    row = await fetching.row()
    assert (row.state, row.received_bytes) == (FetchState.WAITING, 200_000)
    await fetching.wait_over()
    await fetching.fetcher.fetch_due()
    second = fetching.server.received[1]
    assert second.headers["range"] == "bytes=200000-"
    assert second.headers["if-range"] == '"v1"'
    (media,) = await fetching.brought()
    assert await fetching.content(media) == TALK


@pytest.mark.parametrize("heeds_if_range", [True, False])
async def test_another_version_of_the_file_is_not_mixed_with_the_first(
    heeds_if_range: bool, fetching: Fetching
) -> None:
    server = FileServer(data=bytes(len(TALK)), break_at=200_000, heeds_if_range=heeds_if_range)
    fetching.server.replies["*"] = server
    await fetching.ask()
    await fetching.fetcher.fetch_due()
    server.data, server.etag = TALK, '"v2"'
    for _ in range(2):
        await fetching.wait_over()
        await fetching.fetcher.fetch_due()
    (media,) = await fetching.brought()
    assert await fetching.content(media) == TALK


@pytest.mark.parametrize(
    "server", [FileServer(etag=None), FileServer(etag='W/"1"'), FileServer(ranges=False)]
)
async def test_a_server_that_knows_no_ranges_sends_it_all_again(
    server: FileServer, fetching: Fetching
) -> None:
    server.break_at = 100_000
    fetching.server.replies["*"] = server
    await fetching.ask()
    await fetching.fetcher.fetch_due()
    await fetching.wait_over()
    await fetching.fetcher.fetch_due()
    (media,) = await fetching.brought()
    assert await fetching.content(media) == TALK


async def test_a_worker_that_dies_after_the_last_byte_leaves_the_rest_to_another(fetching: Fetching) -> None:
    """It had all bytes and had not yet made the recording: they are not asked for again."""
    await fetching.ask()
    claim = await fetching.fetcher.claims.next()
    assert claim is not None
    dying = asyncio.create_task(fetching.fetcher.fetch(claim))
    while not any(name.endswith("part") for name in fetching.left()):  # noqa: ASYNC110  no event for a file
        await asyncio.sleep(0.005)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    if await fetching.brought():
        pytest.skip("it was quicker than its death")
    await fetching.wait_over()
    assert await fetching.fetcher.fetch_due() == 1
    (media,) = await fetching.brought()
    assert await fetching.content(media) == TALK
    assert fetching.left() == []


@ON_BOTH
async def test_a_ghost_makes_no_second_recording(fetching: Fetching) -> None:
    await fetching.ask()
    ghost = await fetching.fetcher.claims.next()
    assert ghost is not None
    await fetching.wait_over()
    await fetching.fetcher.fetch_due()
    await fetching.fetcher.fetch(ghost)
    assert len(await fetching.brought()) == 1
    assert fetching.left() == []


@ON_BOTH
async def test_a_fetch_that_is_cancelled_stops_and_leaves_nothing(fetching: Fetching) -> None:
    begun = asyncio.Event()

    async def slow(_request: Received, writer: asyncio.StreamWriter) -> None:
        # Whole after half an hour: who does not stop is still at it when the test gives up.
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        begun.set()
        while True:
            writer.write(b"x" * 1000)
            await writer.drain()
            await asyncio.sleep(0.02)

    fetching.server.replies["*"] = slow
    asked = await fetching.ask()
    working = asyncio.create_task(fetching.fetcher.fetch_due())
    await begun.wait()
    cancelled = await fetching.service.cancel(PERSONAL_PROJECT, asked.id)
    assert cancelled.state == FetchState.CANCELLED
    async with asyncio.timeout(30):
        assert await working == 1
    assert (await fetching.row()).state == FetchState.CANCELLED
    assert await fetching.brought() == []
    assert fetching.left() == []


class Leaving(Database):
    """A database that has been away for a while, once `is_away` is set."""

    is_away = False

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        if self.is_away:
            raise DatabaseAway("The database does not answer.")
        async with super().writing() as session:
            yield session


async def test_a_database_that_is_away_costs_no_bytes_that_have_come(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("BEAT_SECONDS", 0.1), ("LEASE_SECONDS", 3.0)):
        monkeypatch.setattr(fetcher, name, seconds)
    talk, leaving = wav(120.0), Leaving(fetching.database.url)

    async def stuck(_request: Received, writer: asyncio.StreamWriter) -> None:
        head = f'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: {len(talk)}\r\n\r\n'
        writer.write(head.encode() + talk[:1_500_000])
        await writer.drain()
        await asyncio.sleep(60)

    fetching.server.replies["*"] = stuck
    asked = await fetching.ask()
    fetching.fetcher.claims = Claims(leaving, FetchSettings())
    claim = await fetching.fetcher.claims.next()
    assert claim is not None
    working = asyncio.create_task(fetching.fetcher.fetch(claim))
    part = PartFiles(fetching.scratch / "fetches").of(asked.id)
    while not part.size():  # noqa: ASYNC110  no event for a file
        await asyncio.sleep(0.005)
    leaving.is_away = True
    # A server that is silent for 30 s ends it too.
    async with asyncio.timeout(15):
        await working
    monkeypatch.undo()
    held = part.size()
    fetching.server.replies["*"] = FileServer(talk)
    leaving.is_away = False
    await fetching.wait_over()
    await fetching.fetcher.fetch_due()
    assert held
    assert fetching.server.received[1].headers["range"] == f"bytes={held}-"
    (media,) = await fetching.brought()
    assert await fetching.content(media) == talk
    await leaving.close()


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (response(404), "fetch-refused"),
        (response(403), "fetch-refused"),
        (response(204), "fetch-refused"),
        (response(302, Location="http://10.0.0.1/inner"), "target-refused"),
        (response(200, b"<html>", Content_Type="text/html; charset=utf-8"), "fetch-no-recording"),
        (response(200, b"#EXTM3U", Content_Type="application/vnd.apple.mpegurl"), "fetch-no-recording"),
        (response(200, b"\x1f\x8b", Content_Encoding="gzip"), "fetch-no-recording"),
        (response(200, b"no sound at all", Content_Type="audio/wav"), "not-media"),
        (response(200, b"#EXTM3U\nfile:///etc/passwd\n", Content_Type="audio/wav"), "not-media"),
        (response(200, b""), "not-media"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n", "too-large"),
    ],
)
async def test_what_will_never_be_a_recording_fails_at_once(
    reply: bytes, kind: str, fetching: Fetching
) -> None:
    fetching.server.replies["*"] = reply
    await fetching.ask()
    await fetching.fetcher.fetch_due()
    row = await fetching.row()
    assert (row.state, row.error_kind) == (FetchState.FAILED, kind), row.error
    assert row.error
    assert await fetching.brought() == []
    assert fetching.left() == []


async def test_faults_that_can_pass_are_tried_again_and_not_for_ever(fetching: Fetching) -> None:
    fetching.server.replies["*"] = response(503, Retry_After="120")
    await fetching.ask()
    before = utc_now().timestamp()
    await fetching.fetcher.fetch_due()
    row = await fetching.row()
    assert row.state == FetchState.WAITING
    assert row.run_at_epoch - before > 110
    for _ in range(2):
        await fetching.wait_over()
        await fetching.fetcher.fetch_due()
    row = await fetching.row()
    assert (row.state, row.error_kind) == (FetchState.FAILED, "fetch-server-busy")


async def test_inner_addresses_are_refused_when_they_are_asked_for(fetching: Fetching) -> None:
    for url in ("http://169.254.169.254/latest", "http://[::1]/x.wav", "file:///etc/passwd"):
        with pytest.raises(TargetRefused):
            await fetching.service.create(PERSONAL_PROJECT, FetchWish(url))
    async with fetching.database.reading() as session:
        assert (await session.scalars(select(Fetch))).all() == []


@ON_BOTH
async def test_a_repeat_with_the_same_key_is_the_same_fetch(fetching: Fetching) -> None:
    wish = FetchWish(f"{fetching.server.url}/talk.wav")
    first = await fetching.service.create(PERSONAL_PROJECT, wish, idempotency_key="k1")
    again = await fetching.service.create(PERSONAL_PROJECT, wish, idempotency_key="k1")
    assert first.id == again.id
    other = FetchWish(f"{fetching.server.url}/other.wav")
    with pytest.raises(KeyReused):
        await fetching.service.create(PERSONAL_PROJECT, other, idempotency_key="k1")


@ON_BOTH
async def test_a_project_has_its_number_under_way_and_its_number_waiting(fetching: Fetching) -> None:
    for _ in range(4):
        await fetching.ask()
    with pytest.raises(TooManyFetches):
        await fetching.ask()
    claims = [await fetching.fetcher.claims.next() for _ in range(3)]
    assert [claim is not None for claim in claims] == [True, True, False]


async def test_what_a_dead_worker_left_is_swept(fetching: Fetching) -> None:
    asked = await fetching.ask()
    for name in (asked.id.hex, "0" * 32):
        (fetching.scratch / "fetches" / name).mkdir(parents=True)
        (fetching.scratch / "fetches" / name / "part").write_bytes(b"x")
    assert await fetching.fetcher.sweep() == 1
    assert fetching.left() == [asked.id.hex, f"{asked.id.hex}/part"]
