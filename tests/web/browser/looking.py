"""What a page must be, whichever it is: looked at in both themes and at both widths."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hatch_build import install
from playwright.async_api import Browser, Page, Response

CHROMIUM = shutil.which("chromium")
FRONTEND = Path(__file__).resolve().parents[3] / "frontend"
WIDTHS = (390, 1280)
THEMES = ("light", "dark")
MOST_BYTES = 150_000
"""Of a page with all that it loads but media, as it comes over the line."""

_FINDINGS = """async () => (await axe.run()).violations.map(
  (one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`)"""


def axe_script() -> str:
    """axe-core's script, as `frontend/package-lock.json` pins it."""
    script = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        install(FRONTEND, FRONTEND, with_tools=True)
    return script.read_text()


@asynccontextmanager
async def opened(browser: Browser, address: str, **context: Any) -> AsyncIterator[Page]:
    """A page that has run no script in vain: what its console complains of fails the test."""
    held = await browser.new_context(**context)
    page = await held.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    try:
        await page.goto(address)
        yield page
        # A refusal is shown on the page, and told in the console.
        assert [one for one in complaints if "status of 4" not in one] == []
    finally:
        await held.close()


async def check(browser: Browser, address: str, axe: str, **context: Any) -> None:
    """No violation, nothing that runs over the edge, no more bytes than a phone has patience for."""
    for width in WIDTHS:
        for theme in THEMES:
            size = {"width": width, "height": 860}
            async with opened(browser, "about:blank", viewport=size, color_scheme=theme, **context) as page:
                await _check_page(page, address, axe, (address, width, theme))


async def _check_page(page: Page, address: str, axe: str, where: tuple[str, int, str]) -> None:
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        # Playwright marks its listeners, which a method of a list does not allow.
        answers.append(answer)

    page.on("response", keep)
    await page.goto(address, wait_until="load")
    assert await page.evaluate("document.documentElement.scrollWidth") <= where[1], where
    assert await findings(page, axe) == [], where
    assert await weight(answers) < MOST_BYTES, where


async def findings(page: Page, axe: str) -> list[str]:
    """What axe finds; nothing, on a page that keeps nobody out."""
    # Playwright's own evaluation is not bound by the page's policy.
    await page.evaluate(axe)
    found: list[str] = await page.evaluate(_FINDINGS)
    return found


async def weight(answers: list[Response]) -> int:
    """The bytes of all answers as they came over the line, but for what is played or goes on."""
    played = ("audio/", "video/", "text/event-stream")
    sizes = [
        (await answer.request.sizes())["responseBodySize"]
        for answer in answers
        if not answer.headers.get("content-type", "").startswith(played)
    ]
    return sum(sizes)
