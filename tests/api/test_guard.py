import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from tests.api.installation import Installation, installed
from tests.api.people import person

from surtitle.api.guard import Guard
from surtitle.config import ServerSettings


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "LOCALHOST.", "[::1]"]
)
async def test_the_owners_own_addresses_are_answered(api: Installation, host: str) -> None:
    assert (await api.client.get("/health/live", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8000", "", "[::2]", "user@localhost"],
)
async def test_a_name_that_another_site_bound_to_this_machine_is_refused(
    api: Installation, host: str
) -> None:
    answer = await api.client.get("/api/jobs", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.json()["type"] == "/problems/foreign-host"
    assert "SURTITLE_SERVER__ALLOWED_HOSTS" in answer.json()["detail"]


async def test_probes_and_prometheus_ask_a_server_for_many_by_any_address(tmp_path: Path) -> None:
    pod = {"Host": "10.1.2.3:8000"}
    async with installed(tmp_path / "many", server=ServerSettings(auth="required")) as many:
        assert (await many.client.get("/health/live", headers=pod)).status_code == 200
        # No token, so refused; but for that reason.
        assert (await many.client.get("/metrics", headers=pod)).status_code == 401
        assert (await many.client.get("/api/jobs", headers=pod)).status_code == 421
        assert (await many.client.get("/problems/foreign-host", headers=pod)).status_code == 421
    async with installed(tmp_path / "one") as one:
        assert (await one.client.get("/metrics", headers=pod)).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Origin": "http://localhost:99999"},
        {"Origin": "file://"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_what_another_sites_page_sends_is_refused(api: Installation, headers: dict[str, str]) -> None:
    job = await api.start()
    for method, path in (("POST", "/api/media"), ("DELETE", job["links"]["self"]), ("POST", "/upload")):
        answer = await api.client.request(method, path, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/foreign-origin"
    assert (await api.client.get(job["links"]["self"])).status_code == 200


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost", "http://localhost"),
        ("localhost:8000", "http://localhost:8000"),
        ("[::1]:80", "http://[::1]"),
    ],
)
async def test_the_own_page_is_no_other_site(api: Installation, host: str, origin: str) -> None:
    answer = await api.client.post("/api/media", headers={"Host": host, "Origin": origin})
    assert answer.status_code == 400  # refused for its body, not for where it came from


async def test_a_link_from_another_site_may_be_followed(api: Installation) -> None:
    answer = await api.client.get("/docs", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200


async def test_a_request_keeps_its_id_if_it_is_harmless(api: Installation) -> None:
    kept = await api.client.get("/health/live", headers={"X-Request-ID": "trace-1.a_B"})
    assert kept.headers["x-request-id"] == "trace-1.a_B"
    for hostile in (b"a b", b"x" * 65, b"\xff", b"a;b"):
        answer = await api.client.get("/health/live", headers={b"X-Request-ID": hostile})
        assert len(answer.headers["x-request-id"]) == 16


async def test_each_request_is_one_line_in_the_log_without_its_secrets(
    api: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "surtitle.api.traffic")
    answer = await api.client.get("/api/jobs/a%0Ab?token=hunter2", headers={"Authorization": "hunter2"})
    lines = [record.getMessage() for record in caplog.records if record.name == "surtitle.api.traffic"]
    assert len(lines) == 1
    assert lines[0].startswith("GET /api/jobs/a%0Ab 404 in ")
    assert answer.headers["x-request-id"] in lines[0]
    assert "hunter2" not in caplog.text


async def test_a_slow_upload_does_not_hold_up_others(api: Installation) -> None:
    async with api.served() as client:
        _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(
            b"POST /api/media HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; "
            b'name="file"; filename="a.wav"\r\n\r\nRIFF'
        )
        await writer.drain()
        async with asyncio.timeout(25):
            await asyncio.gather(*(client.get("/api/jobs") for _ in range(20)))
            assert (await client.post("/api/jobs", json={})).status_code == 422
        writer.close()


@pytest.fixture
async def abroad(tmp_path: Path) -> AsyncIterator[Installation]:
    """A server behind a proxy with TLS, whose API one other site may call."""
    server = ServerSettings(
        auth="required",
        public_url="https://surtitle.example.org",
        cors_origins=["https://app.example.com"],
        trusted_proxies=["10.0.0.1"],
    )
    async with installed(tmp_path / "data", server=server) as installation:
        yield installation


async def test_the_public_name_is_answered(abroad: Installation) -> None:
    for host in ("surtitle.example.org", "surtitle.example.org:443", "localhost"):
        assert (await abroad.client.get("/docs", headers={"Host": host})).status_code == 200
    assert (await abroad.client.get("/docs", headers={"Host": "example.org"})).status_code == 421


async def test_a_page_of_an_allowed_site_may_call_with_a_token_and_read_the_answer(
    abroad: Installation,
) -> None:
    ana = await person(abroad)
    asked = {"Origin": "https://app.example.com"}
    wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    preflight = await abroad.client.options("/api/jobs", headers=asked | wish)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://app.example.com"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    answer = await ana.asks("GET", "/api/jobs", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
    assert "RateLimit" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in {*answer.headers, *preflight.headers}
    unknown = await abroad.client.get("/api/jobs", headers=asked)
    assert (unknown.status_code, "access-control-allow-origin" in unknown.headers) == (401, True)


async def test_a_page_of_any_other_site_may_not(abroad: Installation) -> None:
    ana = await person(abroad)
    for origin in (
        "https://evil.example",
        "https://app.example.com.evil.example",
        "http://app.example.com",
        "null",
    ):
        answer = await ana.asks("GET", "/api/jobs", headers={"Origin": origin})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


async def test_cookies_do_not_count_on_an_allowed_site(abroad: Installation) -> None:
    seen: list[bytes] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(dict(scope["headers"]).get(b"cookie", b""))
        await Response()(scope, receive, send)

    guarded = Guard(app, abroad.settings.server)
    transport = httpx.ASGITransport(app=guarded)
    async with httpx.AsyncClient(transport=transport, base_url="https://surtitle.example.org") as client:
        own = {"Cookie": "session=1"}
        await client.post("/", headers=own | {"Origin": "https://surtitle.example.org"})
        await client.post("/", headers=own | {"Origin": "https://app.example.com"})
        await client.get("/", headers=own | {"Origin": "https://app.example.com"})
    assert seen == [b"session=1", b"", b""]


async def test_a_page_that_came_without_tls_is_another_site_where_there_is_tls(abroad: Installation) -> None:
    transport = httpx.ASGITransport(app=abroad.app, client=("10.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://surtitle.example.org") as proxy:
        for scheme, status in (("https", 401), ("http", 403)):
            headers = {"Origin": f"{scheme}://surtitle.example.org", "X-Forwarded-Proto": "https"}
            assert (await proxy.post("/api/jobs", headers=headers)).status_code == status


async def test_any_site_may_call_only_where_people_sign_in(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="auth"):
        ServerSettings(cors_origins=["*"])
    server = ServerSettings(auth="required", cors_origins=["*"])
    async with installed(tmp_path / "data", server=server) as api:
        ana = await person(api)
        answer = await ana.asks("GET", "/api/jobs", headers={"Origin": "https://any.example"})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
