"""Requests to servers that somebody named, over real connections."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from tests.fakes.scripted_resolver import ScriptedResolver
from tests.fakes.web_server import Received, WebServer, response, web_server

from surtitle.config import OutgoingSettings
from surtitle.outgoing.client import Bounds, Order, Outgoing
from surtitle.outgoing.errors import AnswerTooLarge, TargetAway, TargetRefused, TargetTooSlow
from surtitle.outgoing.resolving import Resolver

BOUNDS = Bounds(seconds=5.0, most_bytes=1000)
LOOPBACK = ("127.0.0.1/32",)


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with web_server() as web:
        yield web


async def ask(
    url: str,
    bounds: Bounds = BOUNDS,
    *,
    resolver: Resolver | None = None,
    allow: tuple[str, ...] = LOOPBACK,
    headers: dict[str, str] | None = None,
    idle_seconds: float = 5.0,
) -> tuple[int, bytes]:
    settings = OutgoingSettings(allow_private=list(allow), ports=[], idle_seconds=idle_seconds)
    outgoing = Outgoing(settings, resolver)
    try:
        async with outgoing.asked(Order("GET", url, headers or {}), bounds) as answer:
            return answer.status, b"".join([piece async for piece in answer.pieces()])
    finally:
        await outgoing.close()


async def test_a_server_is_asked_by_its_name_at_the_address_that_was_checked(server: WebServer) -> None:
    server.replies["/talk"] = response(200, b"hello")
    names = ScriptedResolver(files_example=[["127.0.0.1"]])
    assert await ask(f"http://files.example:{server.port}/talk", resolver=names) == (200, b"hello")
    assert server.received[0].headers["host"] == f"files.example:{server.port}"
    assert server.received[0].headers["accept-encoding"] == "identity"
    assert names.asked == ["files.example"]


async def test_what_a_server_told_one_caller_to_remember_is_not_said_for_the_next(server: WebServer) -> None:
    server.replies["/share"] = response(200, b"", Set_Cookie="session=of-the-first; Path=/")
    outgoing = Outgoing(
        OutgoingSettings(allow_private=list(LOOPBACK), ports=[]),
        ScriptedResolver(first_example=[["127.0.0.1"]], second_example=[["127.0.0.1"]]),
    )
    for name in ("first.example", "second.example"):
        async with outgoing.asked(Order("GET", f"http://{name}:{server.port}/share"), BOUNDS) as answer:
            assert answer.headers["set-cookie"]
    await outgoing.close()
    assert ["cookie" in one.headers for one in server.received] == [False, False]


async def test_a_name_that_changes_its_mind_after_the_check_leads_nowhere_else(server: WebServer) -> None:
    """DNS rebinding: what was checked is what is connected to, and it is asked for once."""
    names = ScriptedResolver(rebind_example=[["192.0.2.1"], ["127.0.0.1"]])
    with pytest.raises(TargetRefused):
        # TEST-NET is not public either; the answer that would reach the server is never asked for.
        await ask(f"http://rebind.example:{server.port}/", resolver=names, allow=())
    assert names.asked == ["rebind.example"]
    names = ScriptedResolver(rebind_example=[["127.0.0.2"], ["127.0.0.1"]])
    with pytest.raises(TargetAway):
        await ask(f"http://rebind.example:{server.port}/", resolver=names, allow=("127.0.0.2",))
    assert names.asked == ["rebind.example"]
    assert server.received == []


async def test_the_next_address_of_a_name_is_tried_when_one_lets_nobody_in(server: WebServer) -> None:
    server.replies["/"] = response(204)
    names = ScriptedResolver(files_example=[["127.0.0.2", "127.0.0.1"]])
    status, _ = await ask(f"http://files.example:{server.port}/", resolver=names, allow=("127.0.0.0/8",))
    assert status == 204


async def test_redirects_are_followed_as_far_as_allowed_and_each_is_checked(server: WebServer) -> None:
    server.replies["/a"] = response(302, Location="/b")
    server.replies["/b"] = response(200, b"there")
    assert await ask(f"{server.url}/a", Bounds(5.0, 1000, redirects=1)) == (200, b"there")
    assert (await ask(f"{server.url}/a"))[0] == 302
    server.replies["/b"] = response(302, Location="/a")
    with pytest.raises(TargetRefused, match="without an end"):
        await ask(f"{server.url}/a", Bounds(5.0, 1000, redirects=4))


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "file:///etc/passwd", "http://[::1]:1/", "http://0x7f.1/"]
)
async def test_a_redirect_inwards_is_refused(target: str, server: WebServer) -> None:
    server.replies["/a"] = response(302, Location=target)
    with pytest.raises(TargetRefused):
        await ask(f"{server.url}/a", Bounds(5.0, 1000, redirects=4))
    assert len(server.received) == 1


async def test_credentials_do_not_follow_a_redirect_to_another_host(server: WebServer) -> None:
    server.replies["/a"] = response(302, Location=f"http://other.example:{server.port}/b")
    server.replies["/b"] = response(200)
    names = ScriptedResolver(other_example=[["127.0.0.1"]])
    bounds = Bounds(5.0, 1000, redirects=1)
    await ask(
        f"{server.url}/a", bounds, resolver=names, headers={"Authorization": "Bearer x", "Range": "bytes=0-"}
    )
    first, second = server.received
    assert first.headers["authorization"] == "Bearer x"
    assert "authorization" not in second.headers
    assert second.headers["range"] == "bytes=0-"


async def test_ten_gigabytes_are_cut_at_the_limit(server: WebServer) -> None:
    async def endless(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    server.replies["/"] = endless
    with pytest.raises(AnswerTooLarge):
        await ask(server.url + "/", Bounds(5.0, 200_000))


async def test_only_the_beginning_of_an_answer_is_read_when_that_is_enough(server: WebServer) -> None:
    server.replies["/"] = response(500, b"y" * 5000)
    outgoing = Outgoing(OutgoingSettings(allow_private=list(LOOPBACK), ports=[]))
    async with outgoing.asked(Order("POST", server.url + "/", content=b"{}"), BOUNDS) as answer:
        assert await answer.beginning(1024) == b"y" * 1024
    await outgoing.close()
    assert server.received[0].body == b"{}"


async def test_a_server_that_drips_is_left_at_the_deadline(server: WebServer) -> None:
    async def drip(_request: Received, writer: asyncio.StreamWriter) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000:
            writer.write(bytes([letter]))
            await writer.drain()
            await asyncio.sleep(0.02)

    server.replies["/"] = drip
    began = time.monotonic()
    with pytest.raises(TargetTooSlow):
        await ask(server.url + "/", Bounds(seconds=0.4, most_bytes=1000))
    assert time.monotonic() - began < 2


async def test_a_server_that_says_nothing_is_left(server: WebServer) -> None:
    async def silent(_request: Received, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    server.replies["/"] = silent
    with pytest.raises(TargetTooSlow):
        await ask(server.url + "/", idle_seconds=0.2)


async def test_a_server_that_breaks_off_is_away_and_its_address_is_not_told(server: WebServer) -> None:
    server.replies["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    with pytest.raises(TargetAway) as fault:
        await ask(server.url + "/?token=secret")
    assert "secret" not in fault.value.message


async def test_proxies_of_the_environment_are_not_followed(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies["/"] = response(200, b"straight")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert await ask(server.url + "/") == (200, b"straight")


async def test_the_proxy_of_the_settings_is_asked_for_names(server: WebServer) -> None:
    server.replies["*"] = response(200, b"by proxy")
    outgoing = Outgoing(OutgoingSettings.model_validate({"proxy": server.url, "ports": []}))
    async with outgoing.asked(Order("GET", "http://files.example/talk"), BOUNDS) as answer:
        assert await answer.beginning(100) == b"by proxy"
    await outgoing.close()
    assert server.received[0].path == "http://files.example/talk"
