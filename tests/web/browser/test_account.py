"""One's own account: a second factor, a new password, a renewal in two tabs, and the end of it."""

import asyncio
import re

import httpx
import pyotp
import pytest
from playwright.async_api import Browser, Page, expect
from tests.server import Server
from tests.web.browser.looking import check, opened

pytestmark = pytest.mark.models

PASSWORD = "a sentence of some length"
NEW = "another sentence of some length"
PAGES = (
    "",
    "/profiles",
    "/password",
    "/second-factor",
    "/sessions",
    "/notifications",
    "/usage",
    "/export",
    "/erase",
)


def registered(door: Server, email: str) -> None:
    wish = {"email": email, "password": PASSWORD, "name": "Ada <b>Lovelace</b>"}
    assert httpx.post(f"{door.url}/api/register", json=wish, timeout=60).status_code == 201


async def sign_in(page: Page, email: str, password: str = PASSWORD, code: str = "") -> None:
    await page.fill("#email", email)
    await page.fill("#password", password)
    await page.click("button.main")
    if code:
        await page.fill("#code", code)
        await page.click("button.main")
    await page.wait_for_url("**/app")


async def test_a_second_factor_is_turned_on_and_signs_in(browser: Browser, door: Server) -> None:
    registered(door, "mary@example.org")
    async with opened(browser, f"{door.url}/app/sign-in", permissions=["clipboard-write"]) as page:
        await sign_in(page, "mary@example.org")
        await page.goto(f"{door.url}/app/account/second-factor")
        await page.fill("#password", PASSWORD)
        await page.get_by_role("button", name="Begin").click()
        await expect(page.get_by_role("img", name="QR code")).to_be_visible()
        secret = (await page.locator(".secret").inner_text()).replace(" ", "")
        await page.fill("#code", pyotp.TOTP(secret).now())
        await page.get_by_role("button", name="Turn it on").click()
        codes = (await page.input_value("#codes")).split()
        assert len(codes) == 10
        await page.get_by_role("button", name="Copy").click()
        await expect(page.locator("s-toasts")).to_contain_text("Copied")
        await page.click(".menu summary")
        await page.click("text=Sign out")
        await sign_in(page, "mary@example.org", code=codes[0])


async def test_a_new_password_ends_the_other_sessions(browser: Browser, door: Server) -> None:
    registered(door, "hedy@example.org")
    address = f"{door.url}/app/sign-in"
    async with opened(browser, address) as here, opened(browser, address) as there:
        for page in (here, there):
            await sign_in(page, "hedy@example.org")
        await here.goto(f"{door.url}/app/account/sessions")
        await expect(here.locator(".own-rows li")).to_have_count(2)
        await here.goto(f"{door.url}/app/account/password")
        await here.fill("#current", PASSWORD)
        await here.fill("#password", NEW)
        await here.get_by_role("button", name="Change the password").click()
        await expect(here.get_by_role("status").first).to_contain_text("Your password is changed.")
        await there.goto(f"{door.url}/app/jobs")
        await there.wait_for_url("**/app/sign-in?next=**")
        await here.goto(f"{door.url}/app/account/sessions")
        await expect(here.locator(".own-rows li")).to_have_count(1)


async def test_two_tabs_whose_sign_in_ran_out_both_go_on(browser: Browser, door: Server) -> None:
    registered(door, "emmy@example.org")
    async with opened(browser, f"{door.url}/app/sign-in") as page:
        await sign_in(page, "emmy@example.org")
        await page.context.clear_cookies(name="surtitle_access")
        tabs = [await page.context.new_page() for _ in range(3)]
        await asyncio.gather(*(tab.goto(f"{door.url}/app/jobs") for tab in tabs))
        assert {tab.url for tab in tabs} == {f"{door.url}/app/jobs"}
        await page.goto(f"{door.url}/app/account")
        await expect(page.locator("h1")).to_have_text("Profile")


async def test_an_account_is_erased(browser: Browser, door: Server) -> None:
    registered(door, "lise@example.org")
    async with opened(browser, f"{door.url}/app/sign-in") as page:
        await sign_in(page, "lise@example.org")
        await page.goto(f"{door.url}/app/account/export")
        async with page.expect_download() as coming:
            await page.click("text=Download everything")
        assert (await coming.value).suggested_filename == "surtitle-export.zip"
        await page.goto(f"{door.url}/app/account/erase")
        await page.fill("#password", PASSWORD)
        await page.fill("#word", "erase")
        await page.click("button.danger")
        await expect(page.locator("h1")).to_have_text("Your account is closed")
        await page.goto(f"{door.url}/app")
        await page.wait_for_url("**/app/sign-in?**")
        await page.fill("#email", "lise@example.org")
        await page.fill("#password", PASSWORD)
        await page.click("button.main")
        await expect(page.get_by_role("alert")).to_have_text(re.compile("is wrong"))


async def test_the_pages_of_the_account_keep_nobody_out(browser: Browser, door: Server, axe: str) -> None:
    registered(door, "rosalind@example.org")
    async with opened(browser, f"{door.url}/app/sign-in") as page:
        await sign_in(page, "rosalind@example.org")
        state = await page.context.storage_state()
    for path in PAGES:
        await check(browser, f"{door.url}/app/account{path}", axe, storage_state=state)
