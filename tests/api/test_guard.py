import asyncio
import logging

import pytest
from tests.api.installation import Installation


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


async def test_every_answer_is_closed_to_frames_and_guessing(api: Installation) -> None:
    for path in ("/health/live", "/nonsense", "/docs"):
        headers = (await api.client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
    refused = await api.client.get("/", headers={"Host": "evil.example"})
    assert refused.headers["x-content-type-options"] == "nosniff"


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
    assert lines[0].startswith("GET /api/jobs/a%0Ab 422 in ")
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
        async with asyncio.timeout(10):
            await asyncio.gather(*(client.get("/api/jobs") for _ in range(20)))
            assert (await client.post("/api/jobs", json={})).status_code == 422
        writer.close()
