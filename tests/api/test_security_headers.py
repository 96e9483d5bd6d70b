import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from tests.api.installation import Installation, installed, wav

from surtitle.api.downloads import content_disposition
from surtitle.config import ServerSettings

SCRIPT = '<script>new Image().src="{beacon}"</script><img src=x onerror="new Image().src=\'{beacon}\'">'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
BROWSER = os.environ.get("SURTITLE_TEST_BROWSER") or shutil.which("chromium")
BROWSER_SECONDS = 120
BROWSERS = 3
# So long after a page has come its scripts would have run; see the test of one that may.
SCRIPTS_RUN_WITHIN_SECONDS = 5
ON_A_BROWSER = pytest.mark.skipif(BROWSER is None, reason="needs Chromium (SURTITLE_TEST_BROWSER names one)")


@pytest.mark.parametrize(
    "path", ["/health/live", "/api/jobs", "/nonsense", "/v1/models", "/v1/nonsense", "/metrics"]
)
async def test_an_answer_is_no_page_is_kept_nowhere_and_is_shown_in_no_frame(
    api: Installation, path: str
) -> None:
    headers = (await api.client.get(path)).headers
    policy = headers["content-security-policy"]
    for rule in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"):
        assert rule in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "microphone=()" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-store"


async def test_refusals_before_any_route_have_the_headers_too(api: Installation) -> None:
    refused = await api.client.get("/", headers={"Host": "evil.example"})
    assert refused.status_code == 421
    assert refused.headers["x-content-type-options"] == "nosniff"


async def test_a_page_of_ours_keeps_its_own_policy(api: Installation) -> None:
    policy = (await api.client.get("/docs")).headers["content-security-policy"]
    assert "style-src 'sha256-" in policy
    assert "frame-ancestors 'none'" in policy


async def test_browsers_are_bound_to_tls_only_where_there_is_tls(tmp_path: Path) -> None:
    proxied = ServerSettings(trusted_proxies=["10.0.0.1"])
    told = {"X-Forwarded-Proto": "https"}
    async with installed(tmp_path / "data", server=proxied) as api:
        assert "strict-transport-security" not in (await api.client.get("/docs", headers=told)).headers
        transport = httpx.ASGITransport(app=api.app, client=("10.0.0.1", 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as proxy:
            behind_tls = await proxy.get("/docs", headers=told)
            assert behind_tls.headers["strict-transport-security"] == "max-age=31536000"
            for doubtful in ({}, {"X-Forwarded-Proto": "http"}, {"X-Forwarded-Proto": "https, http"}):
                assert "strict-transport-security" not in (await proxy.get("/docs", headers=doubtful)).headers
    public = ServerSettings(public_url="https://surtitle.example.org")
    async with installed(tmp_path / "other", server=public) as api:
        assert "strict-transport-security" in (await api.client.get("/docs")).headers


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page.html", SCRIPT.encode()),
        ("picture.svg", SVG.encode()),
        ("film.mp4", SCRIPT.encode()),
        ("film.mp4", SVG.encode()),
        ("talk.wav", b"<?xml version='1.0'?>" + SVG.encode()),
    ],
)
async def test_a_page_or_drawing_is_no_recording(api: Installation, name: str, data: bytes) -> None:
    answer = await api.client.post("/api/media", files={"file": (name, data, "video/mp4")})
    assert answer.status_code == 422, answer.text
    assert (await api.client.get("/api/media")).json()["items"] == []


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "x.xhtml", 'a";b\r\nX: y.html'])
async def test_a_recording_that_is_a_page_as_well_is_served_as_sound(api: Installation, name: str) -> None:
    media = await api.bring(name, wav() + SCRIPT.encode())
    link = (await api.client.post(f"/api/media/{media['id']}/link")).json()["url"]
    for path in (media["links"]["content"], link):
        served = await api.client.get(path)
        assert served.headers["content-type"] == "audio/wav"
        assert served.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in served.headers["content-security-policy"]
        assert "script-src" not in served.headers["content-security-policy"]
        assert "default-src 'none'" in served.headers["content-security-policy"]
        assert "x" not in served.headers


async def test_what_jobs_make_is_saved_and_never_shown(api: Installation) -> None:
    job = await api.start("subtitles", media_id=(await api.bring("<script>.html"))["id"])
    await api.finish()
    for path in ("/result?format=txt", "/result?format=vtt", "/artifacts/transcript.json"):
        served = await api.client.get(job["links"]["self"] + path)
        assert served.headers["content-disposition"].startswith("attachment;")
        assert "sandbox" in served.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: b", "a\x00b", "a\u2028b", 'a"; filename="b', "a\ud800b"])
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    header = content_disposition("inline", name)
    assert header.isprintable()
    assert header.isascii()
    assert header.count('"') == 2


@asynccontextmanager
async def beacon() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that notes what it is asked for, and leads whoever opens `/to/…` there by a script. Its
    `/page` may run its script, which asks for `/ran`.
    """
    asked: list[str] = []

    def page_at(path: str) -> str:
        if path.startswith("/to/"):
            return f"<script>location = {path.removeprefix('/to/')!r}</script>"
        return SCRIPT.format(beacon="/ran") if path == "/page" else "-"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        except asyncio.IncompleteReadError:
            # Browsers open connections that they may need.
            return writer.close()
        asked.append(path)
        page = page_at(path)
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n"
            f"Connection: close\r\n\r\n{page}".encode()
        )
        await writer.drain()
        return writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


async def looked_at(url: str, folder: Path, has_come: Callable[[], bool]) -> None:
    """Open `url` in a real browser until the page has come, and for a while more."""
    for number in range(BROWSERS):
        if await stayed_open(url, folder / str(number), has_come):
            return
    pytest.fail(f"the browser ended by itself {BROWSERS} times")


async def stayed_open(url: str, folder: Path, has_come: Callable[[], bool]) -> bool:
    """Chromium in one process, as it must be where there is no sandbox, breaks down now and then."""
    assert BROWSER is not None
    process = await asyncio.create_subprocess_exec(
        BROWSER, "--headless", "--no-sandbox", "--no-zygote", "--single-process", "--disable-gpu",
        "--no-first-run", "--disable-background-networking", "--remote-debugging-port=0",
        f"--user-data-dir={folder}", url,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(BROWSER_SECONDS):
            while not has_come() and process.returncode is None:  # noqa: ASYNC110 - a program outside
                await asyncio.sleep(0.05)
        if process.returncode is None:
            await asyncio.sleep(SCRIPTS_RUN_WITHIN_SECONDS)
        return process.returncode is None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@ON_A_BROWSER
async def test_a_script_that_may_run_is_seen(tmp_path: Path) -> None:
    async with beacon() as (url, asked):
        await looked_at(f"{url}/to/{url}/page", tmp_path / "browser", lambda: "/page" in asked)
    assert "/ran" in asked


@ON_A_BROWSER
@pytest.mark.parametrize("kind", ["recording", "page", "drawing"])
async def test_no_script_in_a_file_of_ours_runs_in_a_real_browser(
    api: Installation, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.INFO, "surtitle.api.traffic")
    async with beacon() as (url, asked), api.served() as client:
        page = SCRIPT.format(beacon=f"{url}/ran").encode()
        path = (await api.bring("page.html", wav() + page))["links"]["content"]
        if kind != "recording":
            # Worse than anything that a job makes: a file that calls itself a page.
            await api.start()
            claim = await api.claim()
            media_type = "text/html" if kind == "page" else "image/svg+xml"
            drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("{url}/ran")</script></svg>'
            data = page if kind == "page" else drawing.encode()
            await (await api.work_on(claim)).save("result", data, media_type=media_type)
            path = f"/api/jobs/{claim.job_id}/artifacts/result"
        address = f"{url}/to/{str(client.base_url).rstrip('/')}{path}"
        await looked_at(address, tmp_path / "browser", lambda: f"GET {path} 200" in caplog.text)
    assert "/ran" not in asked
