"""Signing in as a person does, with a browser that keeps cookies and hides what stands behind `#`."""

import httpx
import pyotp
import pytest
from playwright.async_api import Browser, expect
from tests.server import Server
from tests.web.browser.looking import opened

pytestmark = pytest.mark.models

PASSWORD = "a sentence of some length"


def with_second_factor(door: Server, email: str) -> list[str]:
    """The recovery codes of somebody who has just registered."""
    with httpx.Client(base_url=door.url, timeout=60) as client:
        wish = {"email": email, "password": PASSWORD}
        assert client.post("/api/register", json=wish).status_code == 201
        tokens = client.post("/api/login", json=wish).json()
        client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        mine = "/api/users/me/second-factor"
        secret = client.post(mine, json={"password": PASSWORD}).json()["secret"]
        shown = {"code": pyotp.TOTP(secret).now()}
        codes: list[str] = client.post(f"{mine}/confirm", json=shown).json()["recovery_codes"]
    return codes


async def test_somebody_registers_signs_in_and_out(browser: Browser, door: Server) -> None:
    async with opened(browser, f"{door.url}/app/jobs") as page:
        await page.wait_for_url("**/app/sign-in?next=**")
        await page.click("text=Make an account")
        await page.fill("#email", "ada@example.org")
        await page.fill("#password", PASSWORD)
        await page.click("button.main")
        await expect(page.get_by_role("status").first).to_contain_text("You are registered")
        await page.fill("#email", "ada@example.org")
        await page.fill("#password", PASSWORD)
        await page.click("button.main")
        await page.wait_for_url("**/app")
        await page.click(".menu summary")
        await page.click("text=Sign out")
        await expect(page.locator(".notice")).to_have_text("You are signed out.")


async def test_the_code_is_asked_for_without_forgetting_the_password(browser: Browser, door: Server) -> None:
    codes = with_second_factor(door, "grace@example.org")
    async with opened(browser, f"{door.url}/app/sign-in") as page:
        await page.fill("#email", "grace@example.org")
        await page.fill("#password", PASSWORD)
        await page.click("button.main")
        await expect(page.locator("#code")).to_be_focused()
        assert await page.input_value("#password") == PASSWORD
        await page.fill("#code", codes[0])
        await page.click("button.main")
        await page.wait_for_url("**/app")


async def test_the_token_of_a_link_stays_in_no_address(browser: Browser, door: Server) -> None:
    async with opened(browser, f"{door.url}/account/new-password#secret-token") as page:
        await page.wait_for_url("**/app/account/new-password")
        assert await page.input_value("#token") == "secret-token"
        await expect(page.locator("#token")).to_be_hidden()
        assert "#" not in page.url
