"""The administration in a browser: a queue that is paused and goes on, who sees what, the trail."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, StorageState, expect
from tests.server import Server
from tests.web.browser.looking import check, opened

pytestmark = pytest.mark.models

PASSWORD = "a sentence of some length"
ADMIN, SUPPORT, USER = "admin@example.org", "support@example.org", "user@example.org"
WORK_MS = 240_000
PAGES = ("", "/queue", "/people", "/projects", "/figures", "/storage", "/models", "/audit", "/upkeep")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An installation with an administrator, somebody of support and a user, whose worker recognises."""
    cheap = {"SURTITLE_ACCOUNTS__PASSWORD_PASSES": "1", "SURTITLE_ACCOUNTS__PASSWORD_MEMORY_KIB": "8"}
    settings = {"SURTITLE_SERVER__AUTH": "required", "SURTITLE_ENGINES__MODEL": "whisper-base", **cheap}
    with Server(tmp_path_factory.mktemp("house") / "data", **settings) as server:
        for email in (ADMIN, SUPPORT, USER):
            wish = {"email": email, "password": PASSWORD}
            httpx.post(f"{server.url}/api/register", json=wish, timeout=60).raise_for_status()
        # Before anybody has signed in, so that nothing remembers who they were.
        with sqlite3.connect(server.data_dir / "surtitle.db", timeout=30) as database:
            for role, email in (("admin", ADMIN), ("support", SUPPORT)):
                database.execute("UPDATE users SET role = ? WHERE email = ?", (role, email))
        yield server


async def as_(browser: Browser, house: Server, email: str) -> StorageState:
    """The cookies of somebody who has signed in."""
    async with opened(browser, f"{house.url}/app/sign-in") as page:
        await page.fill("#email", email)
        await page.fill("#password", PASSWORD)
        await page.click("button.main")
        await page.wait_for_url("**/app")
        return await page.context.storage_state()


def starts(house: Server, talk: Path) -> str:
    """A job of the user's."""
    with httpx.Client(base_url=house.url, timeout=60) as client:
        tokens = client.post("/api/login", json={"email": USER, "password": PASSWORD}).json()
        client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        with talk.open("rb") as file:
            media = client.post("/api/media", files={"file": (talk.name, file)}).json()
        job: dict[str, Any] = client.post(
            "/api/jobs", json={"recipe": "transcript", "media_id": media["id"]}
        ).json()
    return str(job["id"])


async def test_a_paused_queue_holds_a_job_which_runs_when_it_goes_on(
    browser: Browser, house: Server, talk: Path
) -> None:
    admin = await as_(browser, house, ADMIN)
    async with opened(browser, f"{house.url}/app/admin/queue", storage_state=admin) as page:
        queue = page.locator("[data-queue=cpu]")
        await queue.get_by_role("button", name="Pause").click()
        await expect(page.get_by_role("status").first).to_contain_text("The queue is paused")
        await expect(queue).to_contain_text("Paused")
        job = page.locator(f"[data-job='{starts(house, talk)}']")
        # It comes by itself, and nobody takes it.
        await expect(page.locator("section:has(#waiting)").locator(job)).to_be_visible(timeout=15_000)
        await page.wait_for_timeout(2000)
        await expect(page.locator("section:has(#running)").locator(job)).to_have_count(0)
        await queue.get_by_role("button", name="Resume").click()
        await expect(queue).not_to_contain_text("Paused")
        await expect(job).to_have_count(0, timeout=WORK_MS)


async def test_support_reads_and_a_user_is_turned_away(browser: Browser, house: Server) -> None:
    support = await as_(browser, house, SUPPORT)
    async with opened(browser, f"{house.url}/app/admin", storage_state=support) as page:
        await page.get_by_role("link", name="Queue and workers").click()
        await expect(page.locator("[data-queue=cpu]")).to_be_visible()
        await expect(page.locator(".admin-page button")).to_have_count(0)
    user = await as_(browser, house, USER)
    async with opened(browser, f"{house.url}/app/admin", storage_state=user) as page:
        await expect(page.locator("h1")).to_have_text("That is not for you to do")


async def test_the_trail_is_filtered_and_found_whole(browser: Browser, house: Server) -> None:
    await as_(browser, house, SUPPORT)
    admin = await as_(browser, house, ADMIN)
    async with opened(browser, f"{house.url}/app/admin/audit", storage_state=admin) as page:
        await page.get_by_label("What", exact=True).fill("login.*")
        await page.get_by_label("Who", exact=True).fill(SUPPORT)
        await page.get_by_role("button", name="Show").click()
        await page.wait_for_url("**/audit?*")
        rows = page.locator(".audit tbody tr")
        await expect(rows.first).to_be_visible()
        for row in await rows.all():
            await expect(row).to_contain_text(SUPPORT)
            await expect(row).to_contain_text("login.")
        await page.get_by_role("button", name="Check the trail").click()
        await expect(page.locator("#fresh .notice.good")).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("path", PAGES)
async def test_the_pages_keep_nobody_out(browser: Browser, house: Server, axe: str, path: str) -> None:
    admin = await as_(browser, house, ADMIN)
    await check(browser, f"{house.url}/app/admin{path}", axe, storage_state=admin)
