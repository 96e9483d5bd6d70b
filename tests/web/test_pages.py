"""What holds for every page: its policy, its language, its theme, and where it leads."""

import re
from uuid import uuid4

import pytest
from fastapi import FastAPI
from tests.api.installation import Installation
from tests.web.browsing import form_to, forms_of, send, signed_in

from surtitle.web.assets import ADDRESS, Assets, AssetsMissing

FOR_VISITORS = ("/app/sign-in", "/app/register", "/app/forgotten", "/app/account/setup")


async def test_the_bare_address_leads_to_the_pages(home: Installation) -> None:
    answer = await home.client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/app")
    assert (await home.client.get("/app")).status_code == 200


async def test_the_video_generators_page_of_figures_is_found_at_its_address(home: Installation) -> None:
    answer = await home.client.get("/admin/kpis")
    assert (answer.status_code, answer.headers["location"]) == (303, "/app/admin/figures")
    assert (await home.client.get(answer.headers["location"])).status_code == 200


@pytest.mark.parametrize("path", [*FOR_VISITORS, "/app/nothing"])
async def test_a_page_brings_no_script_and_no_style_of_its_own(door: Installation, path: str) -> None:
    page = await door.client.get(path)
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page.text)
    assert all(source for source in re.findall(r"<script([^>]*)>", page.text) if " src=" in source)
    assert len(re.findall(r"<script[^>]*></script>", page.text)) == page.text.count("<script")


async def test_a_page_loads_only_what_is_kept_for_ever(home: Installation) -> None:
    page = (await home.client.get("/app")).text
    loaded = re.findall(r'(?:<link|<script|<img)[^>]*(?:href|src)="([^"]+)"', page)
    assert loaded
    for address in loaded:
        assert address.startswith(f"{ADDRESS}/")
        answer = await home.client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("identity", None)])
async def test_a_style_comes_as_small_as_the_browser_takes_it(
    home: Installation, accepted: str, encoding: str | None
) -> None:
    [address] = re.findall(r'rel="stylesheet" href="([^"]+)"', (await home.client.get("/app")).text)
    async with home.client.stream("GET", address, headers={"Accept-Encoding": accepted}) as answer:
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["content-type"].startswith("text/css")
        assert answer.headers["vary"] == "Accept-Encoding"


async def test_only_what_was_bundled_is_served(home: Installation) -> None:
    for name in ("manifest.json", "..%2f..%2fpyproject.toml", "nothing.js"):
        assert (await home.client.get(f"{ADDRESS}/{name}")).status_code == 404


def test_an_installation_without_its_scripts_says_what_to_do(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with pytest.raises(AssetsMissing, match="make web"):
        Assets.read(tmp_path_factory.mktemp("empty"))


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("fr-CA,fr;q=0.9,en;q=0.5", "fr"), ("de,es;q=0.5", "es"), ("ja", "en"), ("", "en"), ("*", "en")],
)
async def test_a_visitor_reads_the_language_that_the_browser_asks_for(
    door: Installation, accepted: str, language: str
) -> None:
    page = await door.client.get("/app/sign-in", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}"' in page.text


async def test_the_language_of_the_profile_counts_and_that_of_the_switch_counts_more(
    door: Installation,
) -> None:
    await signed_in(door)
    csrf = {"X-CSRF-Token": door.client.cookies["surtitle_csrf"]}
    [profile] = (await door.client.get("/api/users/me/profiles")).json()["items"]
    await door.client.patch(
        f"/api/users/me/profiles/{profile['id']}", json={"language": "es-MX"}, headers=csrf
    )
    page = (await door.client.get("/app", headers={"Accept-Language": "fr"})).text
    assert '<html lang="es"' in page
    back = await send(door, form_to(page, "/app/preferences"), language="fr", theme="dark")
    assert (back.status_code, back.headers["location"]) == (303, "/app")
    assert '<html lang="fr" data-theme="dark"' in (await door.client.get("/app")).text


async def test_a_switch_leads_nowhere_else(home: Installation) -> None:
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example", ""):
        answer = await home.client.post("/app/preferences", data={"theme": "dark", "next": elsewhere})
        assert answer.headers["location"] == "/app"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Nothing is here"), ("fr", "a rien ici"), ("es", "Aquí no hay nada")],
)
async def test_what_is_not_there_is_said_in_the_persons_language(
    home: Installation, language: str, said: str
) -> None:
    for path in ("/app/nothing", f"/app/recordings/{uuid4()}x"):
        page = await home.client.get(path, headers={"Accept-Language": language})
        assert page.status_code == 404
        assert page.headers["content-type"].startswith("text/html")
        assert said in page.text


async def test_a_form_that_lacks_a_field_is_told_so_on_a_page(door: Installation) -> None:
    page = await door.client.post("/app/sign-in", data={"email": "ada@example.org"})
    assert page.status_code == 422
    assert "Something is missing or wrong" in page.text


async def test_a_fault_that_nobody_foresaw_is_a_page_with_a_reference(home: Installation) -> None:
    del home.app.state.services  # the API's, so that only the page breaks below
    [pages] = [one.kwargs["pages"] for one in home.app.user_middleware if "pages" in one.kwargs]
    assert isinstance(pages, FastAPI)

    async def breaks() -> None:
        raise ZeroDivisionError

    pages.add_api_route("/app/broken", breaks)
    page = await home.client.get("/app/broken", headers={"X-Request-ID": "abc123"})
    assert page.status_code == 500
    assert "Something failed here" in page.text
    assert "abc123" in page.text
    assert "ZeroDivision" not in page.text


async def test_nobody_signs_in_where_the_installation_is_personal(home: Installation) -> None:
    for path in FOR_VISITORS:
        answer = await home.client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/app")
    assert "/app/sign-out" not in [form.action for form in forms_of((await home.client.get("/app")).text)]
