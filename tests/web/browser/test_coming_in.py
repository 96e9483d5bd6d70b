"""Signing in as a person does, with a browser that keeps cookies and hides what stands behind `#`."""

import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pyotp
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from tests.server import Server
from tests.web.browser.looking import CHROMIUM, opened

pytestmark = pytest.mark.models

PASSWORD = "a sentence of some length"
TOKEN_SECONDS = 9


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


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A door whose access tokens last seconds; `lan.test` is its name on a network without TLS."""
    settings = {
        "SURTITLE_SERVER__AUTH": "required",
        "SURTITLE_SERVER__ALLOWED_HOSTS": '["127.0.0.1", "lan.test"]',
        "SURTITLE_ACCOUNTS__ACCESS_TOKEN_SECONDS": str(TOKEN_SECONDS),
        "SURTITLE_ACCOUNTS__PASSWORD_PASSES": "1",
        "SURTITLE_ACCOUNTS__PASSWORD_MEMORY_KIB": "8",
    }
    with Server(tmp_path_factory.mktemp("hurried") / "data", **settings) as server:
        yield server


@pytest.fixture
async def neighbour() -> AsyncIterator[Browser]:
    """Chromium that finds the server by its name on the network."""
    assert CHROMIUM, "apt-get install chromium"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--host-resolver-rules=MAP lan.test 127.0.0.1"]
        )
        yield started
        await started.close()


def registered(server: Server, email: str) -> None:
    wish = {"email": email, "password": PASSWORD}
    assert httpx.post(f"{server.url}/api/register", json=wish, timeout=60).status_code == 201


async def sign_in(page: Page, email: str) -> None:
    await page.fill("#email", email)
    await page.fill("#password", PASSWORD)
    await page.click("button.main")
    await page.wait_for_url("**/app")


async def test_a_page_that_is_opened_late_renews_the_sign_in_before_it_ends(
    browser: Browser, hurried: Server
) -> None:
    registered(hurried, "katherine@example.org")
    async with opened(browser, f"{hurried.url}/app/sign-in") as page:
        await sign_in(page, "katherine@example.org")
        over = time.monotonic() + TOKEN_SECONDS + 1
        await page.wait_for_timeout(TOKEN_SECONDS * 1000 / 2)
        await page.goto(f"{hurried.url}/app/projects")
        await page.fill("#name", "Orbits")
        await page.wait_for_timeout((over - time.monotonic()) * 1000)
        await page.get_by_role("button", name="Make the project").click()
        await expect(page.locator(".menu-name")).to_have_text("Orbits")


async def test_a_sign_in_is_renewed_also_without_tls(neighbour: Browser, hurried: Server) -> None:
    registered(hurried, "dorothy@example.org")
    # Not `opened`: Chromium complains in the console that headers for TLS are of no use.
    async with await neighbour.new_page() as page:
        await page.goto(f"http://lan.test:{hurried.port}/app/sign-in")
        # Where a browser has no locks.
        assert not await page.evaluate("isSecureContext")
        async with page.expect_response("**/api/token/refresh") as coming:
            await sign_in(page, "dorothy@example.org")
        assert (await coming.value).ok


async def test_a_sign_in_that_has_just_begun_is_not_renewed(browser: Browser, door: Server) -> None:
    registered(door, "annie@example.org")
    async with opened(browser, f"{door.url}/app/sign-in") as page:
        renewals: list[str] = []
        page.on("request", lambda asked: renewals.append(asked.url) if "/api/token" in asked.url else None)
        await sign_in(page, "annie@example.org")
        for _ in range(2):
            await page.goto(f"{door.url}/app/projects", wait_until="networkidle")
        assert renewals == []
