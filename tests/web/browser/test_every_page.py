"""Every page in a real browser, full of words that want to be scripts, and of words that no line holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Dialog, Page, ViewportSize
from tests.api.accounts import front_door
from tests.web.browser.looking import findings
from tests.web.every_page import PAGES, Who
from tests.web.furnishing import Furnished, Named, furnished, kept_here
from tests.web.hostile import hostile, long

from surtitle.config import LimitSettings
from surtitle.web.app import add_pages

pytestmark = [pytest.mark.models, pytest.mark.timeout(600)]

PHONE = ViewportSize(width=390, height=844)

_WATCHED = """
window.told = [];
window.ran = () => window.told.push("a script ran");
const refused = (one) => told.push(`${one.violatedDirective} ${one.blockedURI}`);
document.addEventListener("securitypolicyviolation", refused);
"""


@asynccontextmanager
async def served(folder: Path, named: Named) -> AsyncIterator[tuple[Furnished, str]]:
    """A furnished installation, and where it is served."""
    quiet = LimitSettings(address_requests_a_minute=0, user_requests_a_minute=0)
    async with front_door(folder, limits=quiet) as api:
        add_pages(api.app)
        made = await furnished(api, named)
        async with api.served() as client:
            yield made, str(client.base_url).rstrip("/")


async def test_no_word_becomes_a_script(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path, hostile) as (made, url):
        found = await _everywhere(browser, made, url)
    assert not found, "\n".join(found)


async def test_no_word_is_too_long_for_a_phone(browser: Browser, tmp_path: Path, axe: str) -> None:
    async with served(tmp_path, long) as (made, url):
        found = await _everywhere(browser, made, url, axe)
    assert not found, "\n".join(found)


async def _everywhere(browser: Browser, made: Furnished, url: str, axe: str = "") -> list[str]:
    """What is wrong, and where."""
    found: list[str] = []
    for who in Who:
        context = await _entered(browser, made, who)
        for shown in (one for one in PAGES if one.who is who):
            told = await _seen(context, url + made.address(shown), axe)
            found += [f"{shown.name}: {one}" for one in told]
        await context.close()
    return found


async def _entered(browser: Browser, made: Furnished, who: Who) -> BrowserContext:
    context = await browser.new_context(viewport=PHONE, color_scheme="dark")
    await context.add_init_script(_WATCHED)
    await context.add_cookies(kept_here(made.cookies[who]))
    return context


async def _seen(context: BrowserContext, address: str, axe: str) -> list[str]:
    """What is wrong with the page."""
    page = await context.new_page()
    told: list[str] = []

    async def noted(dialog: Dialog) -> None:
        told.append(f"a dialog: {dialog.message}")
        await dialog.dismiss()

    page.on("dialog", noted)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda line: told.append(line.text) if line.type == "error" else None)
    answer = await page.goto(address, wait_until="load")
    assert answer is not None
    if answer.status != 200:
        told.append(f"it answers {answer.status}")
    told += await _measured(page, axe)
    await page.close()
    return told


async def _measured(page: Page, axe: str) -> list[str]:
    told: list[str] = await page.evaluate("window.told")
    width = await page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE["width"]:
        told.append(f"it is {width} pixels wide")
    return told + (await findings(page, axe) if axe else [])
