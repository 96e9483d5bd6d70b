"""Slow and greedy clients, over real sockets."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.installation import Installation, installed
from uvicorn.server import ServerState

from surtitle.api.patience import PatientConfig, PatientProtocol
from surtitle.config import LimitSettings

GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
PATIENCE_SECONDS = 20


class Connection:
    """Bytes to and from the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self) -> tuple[int, dict[str, Any]]:
        """The status and the document of one answer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            body = await self.reader.readexactly(length)
        return int(head.split()[1]), json.loads(body)

    async def rest(self) -> bytes:
        """All that comes until the server closes the connection."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def ended(self) -> bool:
        return await self.rest() == b""


@asynccontextmanager
async def connected(client: httpx.AsyncClient) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def serving(tmp_path: Path, **limits: float) -> AsyncIterator[tuple[Installation, httpx.AsyncClient]]:
    async with installed(tmp_path / "data", limits=limits) as api, api.served() as client:
        yield api, client


async def test_headers_that_trickle_in_are_ended(tmp_path: Path) -> None:
    async with serving(tmp_path, header_seconds=0.5) as (_, client), connected(client) as connection:
        await connection.say(GET)

        async def trickle() -> None:
            while True:
                await connection.say(b"X-a: b\r\n")
                await asyncio.sleep(0.05)

        trickling = asyncio.create_task(trickle())
        status, problem = await connection.hear()
        assert (status, problem["type"]) == (408, "/problems/headers-too-slow")
        assert await connection.ended()
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)


async def test_a_second_request_has_no_more_time_than_the_first(tmp_path: Path) -> None:
    async with serving(tmp_path, header_seconds=0.5) as (_, client), connected(client) as connection:
        await connection.say(GET + b"\r\n")
        assert (await connection.hear())[0] == 200
        await connection.say(b"GET / HT")
        assert (await connection.hear())[0] == 408
        assert await connection.ended()


@pytest.mark.parametrize("said", [b"", b"\r\n", b"\r\n\r\n\r\n"])
async def test_who_connects_and_says_nothing_is_hung_up_on(tmp_path: Path, said: bytes) -> None:
    async with serving(tmp_path, header_seconds=0.3) as (_, client), connected(client) as connection:
        await connection.say(said)
        assert await connection.ended()


async def test_an_idle_connection_is_closed_in_time(tmp_path: Path) -> None:
    async with serving(tmp_path, keep_alive_seconds=1) as (_, client), connected(client) as connection:
        await connection.say(GET + b"\r\n")
        assert (await connection.hear())[0] == 200
        assert await connection.ended()


async def test_an_answer_that_takes_long_is_not_cut_short_by_what_follows_it(tmp_path: Path) -> None:
    async with serving(tmp_path, header_seconds=0.3) as (api, client):
        job = await api.start()
        async with connected(client) as connection, asyncio.timeout(PATIENCE_SECONDS):
            await connection.say(f"GET {job['links']['events']} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            await connection.reader.readuntil(b"event: state")
            await connection.say(b"\r\nGET /")
            await asyncio.sleep(0.6)
            await api.client.post(f"/api/jobs/{job['id']}/cancel")
            # 408 would be the answer to what follows, in the middle of this one.
            assert b"HTTP/1.1" not in await connection.reader.readuntil(b"cancelled")


@pytest.mark.parametrize(
    "headers",
    [
        b"X-long: " + b"a" * 40_000 + b"\r\n",
        b"X-long: " + b"a" * 2_000_000,
        b"X-a: b\r\n" * 101,
        b"X-" + b"a" * 40_000,
        b"Cookie: a=b\r\n" * 3_000,
    ],
)
async def test_headers_without_end_are_refused_as_they_come(tmp_path: Path, headers: bytes) -> None:
    async with serving(tmp_path) as (_, client), connected(client) as connection:
        await connection.say(GET + headers)
        status, problem = await connection.hear()
        assert (status, problem["type"]) == (431, "/problems/header-too-large")


async def test_a_path_without_end_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, client), connected(client) as connection:
        await connection.say(b"GET /" + b"a" * 400_000)
        assert (await connection.hear())[0] == 431


async def test_headers_of_ordinary_size_pass_with_a_large_body_behind_them(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, client), connected(client) as connection:
        body = b" " * 200_000 + b"{}"
        head = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        for _ in range(3):
            await connection.say(
                head + f"Content-Length: {len(body)}\r\n".encode() + b"X: y\r\n" * 90 + b"\r\n"
            )
            await connection.say(body)
            assert (await connection.hear())[0] == 422


async def test_what_is_no_http_is_told_so(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, client), connected(client) as connection:
        await connection.say(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        status, problem = await connection.hear()
        assert (status, problem["type"]) == (400, "/problems/bad-request")


POST = (
    b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n"
)


async def test_a_body_that_stops_is_a_problem_and_the_connection_ends(tmp_path: Path) -> None:
    async with serving(tmp_path, stall_seconds=0.5) as (_, client), connected(client) as connection:
        await connection.say(POST + b"{")
        status, problem = await connection.hear()
        assert (status, problem["type"]) == (408, "/problems/body-too-slow")
        assert "/api/uploads" in problem["detail"]
        assert await connection.ended()


async def test_a_body_byte_by_byte_is_too_slow_on_the_whole(tmp_path: Path) -> None:
    async with serving(tmp_path, stall_seconds=0.5) as (_, client), connected(client) as connection:
        await connection.say(POST)

        async def trickle() -> None:
            while True:
                await connection.say(b" ")
                await asyncio.sleep(0.1)

        trickling = asyncio.create_task(trickle())
        assert (await connection.hear())[0] == 408
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)


async def test_a_slow_body_that_is_quick_enough_arrives(tmp_path: Path) -> None:
    limits = {"stall_seconds": 0.5, "body_bytes_a_second": 100.0}
    async with serving(tmp_path, **limits) as (_, client), connected(client) as connection:
        await connection.say(POST)
        for _ in range(10):
            await connection.say(b"  " + b" " * 98)
            await asyncio.sleep(0.1)
        status, problem = await connection.hear()
        assert (status, problem["type"]) == (400, "/problems/malformed-json")


async def test_what_comes_after_a_refusal_is_not_waited_for(tmp_path: Path) -> None:
    async with serving(tmp_path, header_seconds=0.5) as (_, client), connected(client) as connection:
        await connection.say(POST.replace(b"/api/jobs", b"/nonsense"))
        assert (await connection.hear())[0] == 404

        async def trickle() -> None:
            while True:
                await connection.say(b" ")
                await asyncio.sleep(0.05)

        trickling = asyncio.create_task(trickle())
        assert await connection.ended()
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)


async def test_a_client_that_reads_nothing_is_hung_up_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "surtitle.api.patience")
    async with serving(tmp_path, unread_seconds=0.5) as (api, client), connected(client) as connection:
        await api.start("captioned-video", media_id=(await api.bring())["id"])
        claim = await api.claim()
        data = bytes(20_000_000)
        await (await api.work_on(claim)).save("captioned.mp4", data, media_type="video/mp4")
        await api.queue.succeed(claim, {})
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]
        path = f"/api/jobs/{claim.job_id}/artifacts/captioned.mp4"
        await connection.say(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "had read nothing" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        connection.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert len(await connection.rest()) < len(data)


class Wire(asyncio.Transport):
    """The server's end of a connection from any address: on loopback all have the same, and none counts."""

    def __init__(self, address: str) -> None:
        super().__init__({"peername": (address, 40000), "sockname": ("192.0.2.250", 8000)})
        self.sent = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def test_one_address_has_so_many_connections_and_others_have_theirs(api: Installation) -> None:
    limits = LimitSettings(address_connections=2)
    config = PatientConfig(api.app, limits, ["10.0.0.0/8"], log_config=None)
    state, opened = ServerState(), []

    def connect(address: str) -> Wire:
        protocol, wire = PatientProtocol(config, state, {}), Wire(address)
        protocol.connection_made(wire)
        opened.append(protocol)
        return wire

    told = [connect("2001:db8::" + end).sent[:12] for end in ("1", "2", "3")]
    assert told == [b"", b"", b"HTTP/1.1 503"]
    assert connect("192.0.2.1").sent == b""
    assert [connect("10.0.0.9").sent for _ in range(5)] == [b""] * 5
    opened[0].connection_lost(None)
    opened[2].connection_lost(None)
    assert connect("2001:db8::4").sent == b""
    assert connect("2001:db8::5").sent != b""
    for protocol in opened:
        protocol.connection_lost(None)
    assert not config.open_by_network


async def test_one_connection_too_many_is_told_so_and_frees_its_place(tmp_path: Path) -> None:
    async with serving(tmp_path, connections=2) as (_, client), connected(client) as first:
        await first.say(GET + b"\r\n")
        assert (await first.hear())[0] == 200
        async with connected(client) as second:
            await second.say(GET + b"\r\n")
            assert (await second.hear())[0] == 200
            async with connected(client) as third:
                await third.say(GET.replace(b"/health/live", b"/api/jobs") + b"\r\n")
                status, problem = await third.hear()
                assert (status, problem["type"]) == (503, "/problems/too-many-connections")
                assert await third.ended()
            async with connected(client) as fourth:
                # Who looks whether the server is to be ended must not be told that it is.
                await fourth.say(GET + b"\r\n")
                assert (await fourth.hear())[0] == 200
            second.writer.close()
            await second.writer.wait_closed()
        async with connected(client) as again:
            await again.say(GET + b"\r\n")
            assert (await again.hear())[0] == 200
