"""A voice is enrolled, tried, and erased, with the engines that people have."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from tests.server import Server
from tests.spoken import speak
from tests.web.browser.looking import check, findings, opened

pytestmark = pytest.mark.models

HEARD_MS = 120_000
TEXT = (
    "Good morning. I look after the harbour and its boats, and I would like my name to stand in the minutes "
    "of our meetings from now on."
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return speak(TEXT, tmp_path_factory.mktemp("voice") / "ana.wav")


async def enrols(page: Page, name: str, clip: Path) -> None:
    await page.fill("#name", name)
    await page.set_input_files("#file", str(clip))
    await page.fill("#given_by", "Ana, in writing")
    await page.check("input[name=agreed]")
    await page.click("button.main")


async def test_a_voice_is_enrolled_tried_and_erased(
    browser: Browser, home: Server, clip: Path, axe: str
) -> None:
    async with opened(browser, f"{home.url}/app/voices/new") as page:
        await page.set_input_files("#file", str(clip))
        # What will be sent can be heard before.
        await expect(page.locator(".heard audio")).to_be_visible()
        await enrols(page, "Ana <b>Duarte", clip)
        await page.wait_for_url("**/app/voices/*done=enrolled", timeout=HEARD_MS)
        await expect(page.locator("h1")).to_have_text("Ana <b>Duarte")
        here = page.url.partition("?")[0]

        await page.goto(f"{home.url}/app/voices/test")
        await page.set_input_files("#file", str(clip))
        await page.click("button.main")
        await expect(page.locator("#verdict")).to_have_text("This is Ana <b>Duarte.", timeout=HEARD_MS)
        await expect(page.locator("#answer")).to_be_focused()
        assert await findings(page, axe) == []

        # Refused, the form keeps what it holds, the file too.
        await page.goto(f"{home.url}/app/voices/new")
        await enrols(page, "Somebody else", clip)
        await expect(page.locator("#answer")).to_contain_text("This sounds like Ana", timeout=HEARD_MS)
        assert await page.evaluate("document.querySelector('#file').files.length") == 1
        await expect(page.locator("#name")).to_have_value("Somebody else")
        assert await findings(page, axe) == []
    await _erases(browser, here)
    await check(browser, f"{home.url}/app/voices/new", axe)


async def _erases(browser: Browser, here: str) -> None:
    async with opened(browser, here) as page:
        await page.click("text=Erase this voice")
        await page.click("button.main")
        await expect(page.locator(".notice.good")).to_contain_text("The voice is erased")
        await expect(page.locator(".empty")).to_be_visible()


async def test_a_clip_is_recorded_in_the_browser(browser: Browser, home: Server) -> None:
    async with opened(browser, f"{home.url}/app/voices/test", permissions=["microphone"]) as page:
        microphone = page.locator("s-microphone button")
        await microphone.click()
        await expect(page.locator(".level")).to_be_visible()
        await expect(microphone).to_contain_text("0:03", timeout=20_000)
        await microphone.click()
        await expect(page.locator(".heard audio")).to_be_visible()
        await page.click("button.main")
        # Chromium's own device beeps, and a beep is nobody's voice.
        await expect(page.locator("#answer .notice")).to_contain_text("clip", timeout=HEARD_MS)
