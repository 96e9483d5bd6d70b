"""What is refused before a page is reached is told on a page, to people; programs have their documents."""

from pathlib import Path

import pytest
from tests.api.accounts import front_door
from tests.api.installation import Installation
from tests.web.browsing import signed_in

from surtitle.config import LimitSettings
from surtitle.web.app import add_pages

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_too_many_requests_are_told_in_words(tmp_path: Path) -> None:
    async with front_door(tmp_path, limits=LimitSettings(address_requests_a_minute=1)) as api:
        add_pages(api.app)
        await api.client.get("/app/sign-in", headers=PAGE)
        refused = await api.client.get("/app/sign-in", headers={**PAGE, "Accept-Language": "es"})
        assert refused.status_code == 429
        assert refused.headers["content-type"].startswith("text/html")
        assert "Hay que esperar" in refused.text
        assert refused.headers["retry-after"] in refused.text
        assert refused.headers["ratelimit"].startswith('"address";r=0')
        assert "default-src 'self'" in refused.headers["content-security-policy"]
        program = await api.client.get("/app/sign-in", headers={"Accept": "application/json"})
        assert program.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"Host": "evil.example"}, 421, "does not answer by this name"),
        ({"Origin": "https://evil.example"}, 403, "A page of another site sent this"),
        ({"Sec-Fetch-Site": "cross-site"}, 403, "A page of another site sent this"),
    ],
)
async def test_what_another_site_tries_is_told_on_a_page_that_shows_nothing(
    door: Installation, headers: dict[str, str], status: int, said: str
) -> None:
    await signed_in(door)
    refused = await door.client.post("/app/sign-out", headers={**PAGE, **headers})
    assert refused.status_code == status
    assert said in refused.text
    assert 'name="csrf"' not in refused.text
    assert (await door.client.get("/app")).status_code == 200


async def test_a_form_that_is_too_large_is_told_so(tmp_path: Path) -> None:
    async with front_door(tmp_path, limits=LimitSettings(json_bytes=2000)) as api:
        add_pages(api.app)
        data = {"email": "a@example.org", "password": "x" * 3000}
        refused = await api.client.post("/app/sign-in", data=data, headers=PAGE)
        assert refused.status_code == 413
        assert "larger than this installation takes" in refused.text
        assert "/api/media" not in refused.text


async def test_the_api_answers_programs_and_browsers_alike(door: Installation) -> None:
    refused = await door.client.get("/api/jobs", headers=PAGE)
    assert refused.headers["content-type"] == "application/problem+json"


async def test_the_way_back_from_the_provider_ends_on_a_page(door: Installation) -> None:
    lost = await door.client.get("/api/openid/callback?state=x&code=y", headers=PAGE)
    assert lost.status_code == 401
    assert "This sign-in was begun elsewhere" in lost.text
    off = await door.client.get("/api/openid/login", headers=PAGE)
    assert (off.status_code, "No provider to sign in with" in off.text) == (404, True)
