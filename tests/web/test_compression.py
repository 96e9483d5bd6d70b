"""Pages come compressed, and what must not be guessed from their size is another each time."""

import re
import secrets

import pytest
from tests.api.installation import Installation
from tests.web.browsing import form_to, send, signed_in

from surtitle.api.csrf_masking import masked, unmasked


def test_a_masked_token_is_another_each_time_and_the_same_below() -> None:
    token = secrets.token_hex(32)
    seen = {masked(token) for _ in range(50)}
    assert len(seen) == 50
    assert {unmasked(one) for one in seen} == {token}


@pytest.mark.parametrize("text", ["", "forged", "é" * 86, "-" * 86, "a" * 64, "\ud800", "=" * 86])
def test_what_is_not_masked_is_no_token(text: str) -> None:
    assert unmasked(text) == text or len(unmasked(text)) == 64


async def test_a_page_is_compressed_for_who_takes_it(door: Installation) -> None:
    small = await door.client.get("/app/sign-in", headers={"Accept-Encoding": "gzip, br"})
    assert small.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in small.headers["vary"]
    plain = await door.client.get("/app/sign-in", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert int(small.headers["content-length"]) < len(plain.content) / 2
    # A link of another site's page could have put words into the address.
    for site in ("cross-site", "same-site"):
        led = await door.client.get(
            "/app/sign-in", headers={"Accept-Encoding": "gzip", "Sec-Fetch-Site": site}
        )
        assert "content-encoding" not in led.headers


async def test_a_stream_is_not_compressed(home: Installation) -> None:
    asked = {"Accept-Encoding": "gzip"}
    async with home.served() as client, client.stream("GET", "/app/jobs/live", headers=asked) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in stream.headers


async def test_the_token_is_written_differently_in_each_page_and_taken_all_the_same(
    door: Installation,
) -> None:
    await signed_in(door)
    pages = [(await door.client.get("/app")).text for _ in range(2)]
    tokens = [set(re.findall(r'name="csrf" value="([^"]+)"', page)) for page in pages]
    assert tokens[0].isdisjoint(tokens[1])
    cookie = door.client.cookies["surtitle_csrf"]
    assert all(cookie not in page for page in pages)
    assert (await send(door, form_to(pages[0], "/app/sign-out"))).status_code == 303
