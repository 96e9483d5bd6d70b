"""Projects in a browser: a key that a program works with, the menu, and what a viewer cannot do."""

import asyncio
import json
import subprocess
import wave
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, Request, Route, expect
from tests.server import Server
from tests.web.browser.looking import check, opened

pytestmark = pytest.mark.models

PASSWORD = "a sentence of some length"

_NOTES_THE_BAR = """() => {
  const bar = document.querySelector("s-busy");
  const note = () => { if (!bar.hidden) sessionStorage.told = bar.ariaLabel; };
  new MutationObserver(note).observe(bar, { attributes: true });
}"""


def registered(door: Server, email: str) -> None:
    answer = httpx.post(f"{door.url}/api/register", json={"email": email, "password": PASSWORD}, timeout=60)
    assert answer.status_code == httpx.codes.CREATED, answer.text


async def sign_in(page: Page, email: str) -> None:
    await page.fill("#email", email)
    await page.fill("#password", PASSWORD)
    await page.click("button.main")
    await page.wait_for_url("**/app**")
    await expect(page.locator(".menu")).to_be_visible()


def curl(key: str, address: str, *more: str) -> tuple[int, Any]:
    """What a program with the key is answered."""
    command = ["curl", "--silent", "--write-out", "\n%{http_code}", "-H", f"X-API-Key: {key}", *more, address]
    document, _, status = subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout.rpartition("\n")
    return int(status), json.loads(document) if document else None


async def test_a_program_works_with_the_key_of_a_new_project(
    browser: Browser, door: Server, axe: str
) -> None:
    registered(door, "keys@example.org")
    async with opened(browser, f"{door.url}/app/projects") as page:
        await sign_in(page, "keys@example.org")
        await page.goto(f"{door.url}/app/projects")
        await page.fill("#name", "Harbour <b>")
        await page.get_by_role("button", name="Make the project").click()
        await expect(page.locator(".menu-name")).to_have_text("Harbour <b>")
        await page.get_by_role("link", name="Keys").click()
        await page.fill("#name", "Import")
        await page.uncheck("input[value=delete]")
        await page.get_by_role("button", name="Make the key").click()
        key = await page.input_value("#key")
        made = await asyncio.to_thread(
            curl, key, f"{door.url}/api/glossary", "-X", "PUT", "-H", "Content-Type: application/json",
            "-d", '{"terms": ["Kvistholm"]}',
        )  # fmt: skip
        assert made[0] == httpx.codes.OK
        await page.get_by_role("link", name="Glossary").click()
        await expect(page.locator("#terms")).to_have_value("Kvistholm")

        await page.get_by_role("link", name="Keys").click()
        await expect(page.locator(".entries")).to_contain_text("last used")
        await page.get_by_label("Revoke: Import").click()
        await page.get_by_role("button", name="Revoke the key").click()
        await expect(page.get_by_role("status").first).to_contain_text("opens nothing any more")
        status, problem = await asyncio.to_thread(curl, key, f"{door.url}/api/jobs")
        assert (status, problem["type"]) == (httpx.codes.UNAUTHORIZED, "/problems/bad-key")
        state = await page.context.storage_state()
        address = page.url.partition("?")[0]
    for path in ("", "/members", "/settings"):
        await check(browser, address.replace("/keys", path), axe, storage_state=state)


async def test_a_viewer_looks_and_no_more(browser: Browser, door: Server) -> None:
    for email in ("owner@example.org", "viewer@example.org"):
        registered(door, email)
    async with opened(browser, f"{door.url}/app") as page:
        await sign_in(page, "owner@example.org")
        await page.goto(f"{door.url}/app/project")
        await page.get_by_role("link", name="Members").click()
        await page.check("input[value=viewer]")
        await page.get_by_role("button", name="Invite", exact=True).click()
        link = await page.input_value("#link")
    async with opened(browser, f"{door.url}/app/sign-in") as page:
        await sign_in(page, "viewer@example.org")
        await page.goto(link)
        await page.get_by_role("button", name="Join").click()
        await expect(page.locator("dl.amounts").first).to_contain_text("Viewer")
        parts = page.get_by_role("navigation", name="Parts of the project").get_by_role("link")
        assert await parts.all_inner_texts() == ["Overview", "Members", "Retention", "Glossary"]
        await page.goto(f"{page.url}/keys")
        await expect(page.locator("h1")).to_have_text("That is not for you to do")
        await page.goto(f"{door.url}/app/jobs")
        await expect(page.locator(".bulk")).to_have_count(0)


async def test_the_menu_by_keyboard(browser: Browser, home: Server) -> None:
    async with opened(browser, f"{home.url}/app") as page:
        menu = page.locator(".menu")
        summary = menu.locator("summary")
        await summary.focus()
        await page.keyboard.press("Enter")
        await expect(menu).to_have_attribute("open", "")
        await page.keyboard.press("Tab")
        await expect(menu.get_by_role("link", name="This project")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(summary).to_be_focused()
        await expect(menu).not_to_have_attribute("open", "")
        await summary.click()
        await page.locator("h1").click()
        await expect(menu).not_to_have_attribute("open", "")


async def test_the_way_to_a_page_is_told_when_it_takes_above_a_second(browser: Browser, home: Server) -> None:
    async def slowly(route: Route) -> None:
        await asyncio.sleep(2)
        await route.continue_()

    async with opened(browser, f"{home.url}/app") as page:
        await expect(page.locator("s-busy")).to_be_hidden()
        # Of a page that is being left Playwright can ask nothing: it notes for itself what it showed.
        await page.evaluate(_NOTES_THE_BAR)
        await page.route("**/app/jobs", slowly)
        await page.get_by_role("link", name="Jobs").click(no_wait_after=True)
        await page.wait_for_url("**/app/jobs")
        assert await page.evaluate("sessionStorage.told") == "Working"
        await expect(page.locator("s-busy")).to_be_hidden()


async def test_a_members_part_is_changed_by_its_button_alone(browser: Browser, door: Server) -> None:
    registered(door, "parts@example.org")
    async with opened(browser, f"{door.url}/app") as page:
        await sign_in(page, "parts@example.org")
        await page.goto(f"{door.url}/app/project")
        await page.get_by_role("link", name="Members").click()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))
        part = page.locator(".entries select[name=role]")
        await part.select_option("viewer")
        await part.focus()
        await page.keyboard.press("ArrowUp")
        await page.wait_for_timeout(500)
        assert "POST" not in sent
        # The only owner stays one.
        await page.get_by_role("button", name="Change the part").click()
        await expect(page.get_by_role("alert")).to_be_visible()


async def test_an_upload_goes_on_in_the_project_where_it_began(
    browser: Browser, door: Server, tmp_path: Path
) -> None:
    registered(door, "moves@example.org")
    file = tmp_path / "secret.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(32_000))
    sent: list[str] = []

    async def cut(route: Route, request: Request) -> None:
        sent.append(request.method)
        await (route.abort() if broken and request.method == "PATCH" else route.continue_())

    broken = True
    # Not `opened`: a line that is cut is told in the console.
    async with await browser.new_page() as page:
        await page.goto(f"{door.url}/app/projects")
        await sign_in(page, "moves@example.org")
        first = await page.locator(".menu-name").inner_text()
        await page.goto(f"{door.url}/app/projects")
        await page.fill("#name", "Second")
        await page.get_by_role("button", name="Make the project").click()
        await expect(page.locator(".menu-name")).to_have_text("Second")
        await page.route("**/api/uploads**", cut)
        await page.route("**/api/uploads/**", cut)
        await page.goto(f"{door.url}/app")
        await page.set_input_files("#file", str(file))
        await page.click("#begin button.main")
        while "PATCH" not in sent:
            await page.wait_for_timeout(100)
        await page.goto(f"{door.url}/app")
        await expect(page.locator("[data-unfinished]")).to_contain_text("secret.wav")
        await page.locator(".menu summary").click()
        await page.get_by_role("button", name=first).click()
        await expect(page.locator(".menu-name")).to_have_text(first)
        await page.goto(f"{door.url}/app")
        await expect(page.locator("[data-unfinished]")).to_be_hidden()
        broken = False
        sent.clear()
        await page.set_input_files("#file", str(file))
        await page.click("#begin button.main")
        await page.wait_for_url("**/app/recordings/*")
        assert "POST" in sent
        listed = await (await page.request.get(f"{door.url}/api/jobs")).json()
        assert [one["id"] for one in listed["items"]] == [page.url.rpartition("/")[2]]
