"""Whatever people and engines write, it is text on every page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.api.accounts import front_door
from tests.web.every_page import PAGES, Shown, Who, routes
from tests.web.furnishing import Furnished, furnished
from tests.web.hostile import Looked, hostile

from surtitle.config import LimitSettings
from surtitle.web.app import add_pages

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOMEWHERE = {
    "browser", "channel", "consent", "credit", "engine's words", "key", "person", "profile", "project",
    "prompt", "purpose", "recording interview", "recording meeting", "recording talk", "recording tour",
    "speaker", "tag", "term", "voice", "warning", "webhook", "words",
}  # fmt: skip
"""Fields that pages show."""


QUERIES = routes()

PAGE = b"<!doctype html><script>ran()</script>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" onload="ran()"><script>ran()</script></svg>'
FILES = (
    "/app/films/{film_id}/poster",
    "/api/jobs/{film_id}/result?format=mp4",
    "/api/jobs/{film_id}/result?format=jpg",
    "/api/jobs/{film_id}/artifacts/poster.jpg",
    "/api/jobs/{talk_id}/result?format=json",
    "/api/jobs/{meeting_id}/result?format=md",
    "/api/jobs/{meeting_id}/result?format=txt",
    "/api/jobs/{meeting_id}/result?format=vtt",
    "/api/jobs/{meeting_id}/artifacts/minutes.json",
    "/api/media/{media_id}/content",
    "/api/transcripts/{transcript_id}/export?format=txt",
)
"""What is sent as it was uploaded or made."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Furnished]:
    """An installation in which every name is an attack."""
    quiet = LimitSettings(address_requests_a_minute=0, user_requests_a_minute=0)
    async with front_door(Path(tmp_path_factory.mktemp("hostile")), limits=quiet) as api:
        add_pages(api.app)
        yield await furnished(api, hostile, {"film": PAGE, "poster": DRAWING})


async def looked(house: Furnished, page: Shown) -> Looked:
    client = house.api.client
    client.cookies = house.jar(page.who)
    answer = await client.get(house.address(page))
    assert answer.status_code == 200, (page.name, answer.status_code, answer.headers.get("location"))
    assert "unsafe" not in answer.headers["content-security-policy"]
    return Looked(answer.text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_nothing_of_it_becomes_an_element_or_an_attribute(house: Furnished, page: Shown) -> None:
    assert (await looked(house, page)).found == []


async def test_all_of_it_is_shown_somewhere(house: Furnished) -> None:
    told: set[str] = set()
    for page in PAGES:
        told |= (await looked(house, page)).told
    assert told >= SOMEWHERE


async def test_no_template_computes_with_it(house: Furnished) -> None:
    client = house.api.client
    for page in PAGES:
        client.cookies = house.jar(page.who)
        text = (await client.get(house.address(page))).text
        assert "onerror=ran()&gt;49" not in text, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_nothing_of_an_address_becomes_one_either(house: Furnished, page: Shown) -> None:
    client = house.api.client
    client.cookies = house.jar(page.who)
    path = house.address(page).partition("?")[0]
    for name in QUERIES[page.route]:
        answer = await client.get(path, params={name: hostile("address", "")})
        assert answer.status_code < 500, name
        assert Looked(answer.text).found == [], name


@pytest.mark.parametrize("path", FILES)
async def test_a_file_is_no_page_of_ours(house: Furnished, path: str) -> None:
    client = house.api.client
    client.cookies = house.jar(Who.PERSON)
    answer = await client.get(path.format(**house.ids))
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind not in {"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml"}
