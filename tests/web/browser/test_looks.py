"""Every page, in both themes, on a phone and on a desk."""

import pytest
from playwright.async_api import Browser, expect
from tests.server import Server
from tests.web.browser.looking import check, opened

pytestmark = pytest.mark.models

FOR_VISITORS = (
    "/app/sign-in", "/app/register", "/app/forgotten", "/app/account/setup", "/app/account/new-password",
    "/app/account/confirm-email", "/app/account/invitation",
)  # fmt: skip


@pytest.mark.parametrize("path", FOR_VISITORS)
async def test_the_pages_of_coming_in_keep_nobody_out(
    browser: Browser, door: Server, axe: str, path: str
) -> None:
    await check(browser, door.url + path, axe)


@pytest.mark.parametrize("path", ["/app", "/app/nothing"])
async def test_the_pages_of_work_keep_nobody_out(browser: Browser, home: Server, axe: str, path: str) -> None:
    await check(browser, home.url + path, axe)


async def test_the_switches_work_at_once_and_stay(browser: Browser, home: Server) -> None:
    async with opened(browser, f"{home.url}/app", locale="en-GB") as page:
        async with page.expect_navigation():
            await page.select_option(".bottom select[name=language]", "es")
        assert await page.get_attribute("html", "lang") == "es"
        async with page.expect_navigation():
            await page.select_option(".bottom select[name=theme]", "dark")
        ground = "getComputedStyle(document.body).backgroundColor"
        assert await page.evaluate(ground) == "rgb(21, 21, 20)"
        await page.goto(f"{home.url}/app/jobs")
        assert await page.get_attribute("html", "lang") == "es"


async def test_the_first_stop_of_the_keyboard_leads_past_the_menu(browser: Browser, home: Server) -> None:
    async with opened(browser, f"{home.url}/app") as page:
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"


async def test_by_keyboard_a_choice_is_sent_when_it_is_made(browser: Browser, home: Server) -> None:
    async with opened(browser, f"{home.url}/app", locale="en-GB") as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))
        theme = page.locator(".bottom select[name=theme]")
        await theme.focus()
        for chosen in ("light", "dark"):
            await page.keyboard.press("ArrowDown")
            await expect(theme).to_have_value(chosen)
        await page.wait_for_timeout(500)
        assert "POST" not in sent
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert await page.get_attribute("html", "data-theme") == "dark"
        await page.locator(".bottom select[name=theme]").focus()
        await page.keyboard.press("ArrowUp")
        async with page.expect_navigation():
            await page.keyboard.press("Tab")
        assert await page.get_attribute("html", "data-theme") == "light"
