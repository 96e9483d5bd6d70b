"""The proxy that other programs' requests go through."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from pydantic import SecretStr
from tests.fakes.scripted_resolver import ScriptedResolver
from tests.fakes.web_server import WebServer, response, web_server
from tests.server import free_port

from surtitle.config import OutgoingSettings
from surtitle.outgoing.errors import AnswerTooLarge, TargetAway, TargetRefused
from surtitle.outgoing.guard import Guard
from surtitle.outgoing.guarded_proxy import GuardedProxy

NAMES = {"files_example": [["127.0.0.1"]], "inner_example": [["10.0.0.1"]]}


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with web_server() as web:
        web.replies["/talk"] = response(200, b"hello")
        yield web


def proxy(most_bytes: int = 100_000) -> GuardedProxy:
    settings = OutgoingSettings(allow_private=["127.0.0.1/32"], ports=[])
    return GuardedProxy(Guard(settings, ScriptedResolver(**NAMES)), most_bytes=most_bytes, idle_seconds=5.0)


async def get(proxy_url: str, url: str) -> httpx.Response:
    async with httpx.AsyncClient(proxy=proxy_url, trust_env=False) as client:
        return await client.get(url, headers={"X-Told": "1"})


async def test_a_request_goes_to_the_address_that_the_guard_checked(server: WebServer) -> None:
    async with proxy().opened() as url:
        answer = await get(url, f"http://files.example:{server.port}/talk?a=1")
    assert answer.content == b"hello"
    received = server.received[0]
    assert received.path == "/talk?a=1"
    assert received.headers["host"] == f"files.example:{server.port}"
    assert received.headers["x-told"] == "1"
    assert not any(name.startswith("proxy-") for name in received.headers)


async def test_what_leads_inside_is_refused_and_kept_as_the_reason() -> None:
    guarded = proxy()
    async with guarded.opened() as url:
        assert (await get(url, "http://inner.example/")).status_code == 403
        with pytest.raises(httpx.ProxyError):
            await get(url, "https://inner.example/")
    assert isinstance(guarded.fault, TargetRefused)


async def test_a_tunnel_leads_to_the_checked_address(server: WebServer) -> None:
    async with proxy().opened() as url:
        told = httpx.URL(url)
        reader, writer = await asyncio.open_connection(told.host, told.port)
        account = base64.b64encode(told.userinfo).decode()
        target = f"files.example:{server.port}"
        writer.write(f"CONNECT {target} HTTP/1.1\r\nProxy-Authorization: Basic {account}\r\n\r\n".encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.write(f"GET /talk HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        assert (await reader.read()).endswith(b"hello")
        writer.close()


async def test_nobody_else_on_the_machine_can_use_it(server: WebServer) -> None:
    async with proxy().opened() as url:
        open_door = f"http://127.0.0.1:{httpx.URL(url).port}"
        assert (await get(open_door, f"http://files.example:{server.port}/talk")).status_code == 407
    assert server.received == []


async def test_more_bytes_than_are_taken_end_it(server: WebServer) -> None:
    server.replies["/talk"] = response(200, b"x" * 500_000)
    guarded = proxy(most_bytes=200_000)
    async with guarded.opened() as url:
        with pytest.raises(httpx.HTTPError):
            await get(url, f"http://files.example:{server.port}/talk")
    assert isinstance(guarded.fault, AnswerTooLarge)


@asynccontextmanager
async def upstream(server: WebServer, status: str = "200 OK") -> AsyncIterator[tuple[str, list[bytes]]]:
    """The operator's proxy, for which every name leads to `server`: its URL, and what it was asked for."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        if heads[-1].startswith(b"CONNECT") and status.startswith("200"):
            there, back = await asyncio.open_connection("127.0.0.1", server.port)
            back.write(await reader.readuntil(b"\r\n\r\n"))
            writer.write(await there.read())
            back.close()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://us:se%20cret@127.0.0.1:{listening.sockets[0].getsockname()[1]}", heads


def behind(proxy_url: str) -> GuardedProxy:
    settings = OutgoingSettings(proxy=SecretStr(proxy_url), ports=[80, 443])
    return GuardedProxy(Guard(settings, ScriptedResolver()), most_bytes=100_000, idle_seconds=5.0)


ACCOUNT = b"Proxy-Authorization: Basic " + base64.b64encode(b"us:se cret")


async def test_behind_the_operators_proxy_a_tunnel_leads_through_it(server: WebServer) -> None:
    async with upstream(server) as (way, heads), behind(way).opened() as url:
        told = httpx.URL(url)
        reader, writer = await asyncio.open_connection(told.host, told.port)
        account = base64.b64encode(told.userinfo).decode()
        writer.write(
            f"CONNECT chat.example:443 HTTP/1.1\r\nProxy-Authorization: Basic {account}\r\n\r\n".encode()
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET /talk HTTP/1.1\r\nHost: chat.example\r\n\r\n")
        assert (await reader.read()).endswith(b"hello")
        writer.close()
    assert heads[0].startswith(b"CONNECT chat.example:443 HTTP/1.1\r\nHost: chat.example:443\r\n")
    assert ACCOUNT in heads[0]


async def test_it_is_asked_for_plain_pages_as_proxies_are(server: WebServer) -> None:
    async with upstream(server, "204 Empty") as (way, heads), behind(way).opened() as url:
        assert (await get(url, "http://chat.example/talk?a=1")).status_code == 204
    [head] = heads
    assert head.startswith(b"GET http://chat.example/talk?a=1 HTTP/1.1\r\nHost: chat.example\r\n")
    assert head.count(b"Proxy-Authorization") == 1
    assert ACCOUNT in head


async def test_what_the_guard_refuses_is_not_asked_of_it(server: WebServer) -> None:
    async with upstream(server) as (way, heads), behind(way).opened() as url:
        for inner in ("http://10.0.0.1/", "http://chat.example:22/"):
            assert (await get(url, inner)).status_code == 403
    assert heads == []


async def test_what_it_refuses_cannot_be_reached(server: WebServer) -> None:
    async with upstream(server, "403 Forbidden") as (way, _):
        guarded = behind(way)
        async with guarded.opened() as url:
            with pytest.raises(httpx.ProxyError):
                await get(url, "https://chat.example/")
    assert isinstance(guarded.fault, TargetAway)
    assert "answered 403" in guarded.fault.message
    assert "secret" not in guarded.fault.message


async def test_one_that_is_away_is_said_to_be() -> None:
    guarded = behind(f"http://127.0.0.1:{free_port()}")
    async with guarded.opened() as url:
        assert (await get(url, "http://chat.example/")).status_code == 502
    assert isinstance(guarded.fault, TargetAway)
