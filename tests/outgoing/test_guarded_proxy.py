"""The proxy that other programs' requests go through."""

import asyncio
import base64
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.fakes.scripted_resolver import ScriptedResolver
from tests.fakes.web_server import WebServer, response, web_server

from surtitle.config import OutgoingSettings
from surtitle.outgoing.errors import AnswerTooLarge, TargetRefused
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
