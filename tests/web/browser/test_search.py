"""What was said is found again by words, by who said it, and by asking; it plays in place."""

import asyncio
import time

import httpx
import pytest
from playwright.async_api import Browser, Locator, expect
from tests.server import Server
from tests.spoken import speak
from tests.web.browser.looking import check, findings, opened

pytestmark = pytest.mark.models

SAID = "The budget for the new boiler is forty thousand euros. The town pays for it in spring."


@pytest.fixture(scope="module")
def found(home: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A recording whose speaker is called by name and that the index knows: the name."""
    recording = speak(SAID, tmp_path_factory.mktemp("council") / "council <b>.wav")
    job = home.wait(home.begin(recipe="transcript", media_id=home.upload(recording)))
    path = f"{home.url}/api/transcripts/{job['transcript_id']}"
    text = httpx.get(path).json()
    segments = [one["id"] for one in text["document"]["segments"]]
    wish = {"op": "set_segments", "segments": segments, "speaker": "Ingrid <i>"}
    body = {"base_revision": text["shown_revision"], "operations": [wish]}
    httpx.post(f"{path}/revisions", json=body).raise_for_status()
    return await_indexed(home, "Ingrid <i>")


def await_indexed(home: Server, speaker: str, seconds: float = 60) -> str:
    deadline = time.monotonic() + seconds
    wanted = {"q": "boiler", "speaker": speaker}
    while time.monotonic() < deadline:
        if httpx.get(f"{home.url}/api/search", params=wanted, timeout=30).json()["items"]:
            return speaker
        time.sleep(0.5)
    raise AssertionError("what was said is not found")


async def begun(player: Locator, seconds: float = 20) -> bool:
    """Whether it plays. Asked again and again from outside: the page's policy lets no expression in."""
    for _look in range(round(seconds / 0.1)):
        if await player.evaluate("(player) => player.currentTime > 0"):
            return True
        await asyncio.sleep(0.1)
    return False


async def test_a_moment_is_found_by_words_and_speaker_and_plays_in_place(
    browser: Browser, home: Server, found: str, axe: str
) -> None:
    async with opened(browser, f"{home.url}/app/search") as page:
        await page.click("summary.small")
        await page.fill("input[name=speaker]", found)
        await page.fill("#q", "boiler")
        await page.keyboard.press("Enter")
        await expect(page.locator("mark").first).to_have_text("boiler")
        moment = page.locator(".moment").first
        await expect(moment.locator(".said-by")).to_have_text(found)
        await expect(moment.locator("audio")).to_be_hidden()
        await moment.locator("button.play").click()
        await expect(moment.locator("audio")).to_be_visible()
        assert await begun(moment.locator("audio"))
        address = page.url
    await check(browser, address, axe)


async def test_a_question_is_answered_with_a_quote(
    browser: Browser, home: Server, found: str, axe: str
) -> None:
    async with opened(browser, f"{home.url}/app/search") as page:
        await page.fill("#q", "Who pays for the new boiler?")
        await page.keyboard.press("Enter")
        await expect(page.locator("blockquote").first).to_contain_text("boiler")
        await expect(page.locator("s-moment audio").first).to_be_attached()
        await expect(page.locator(".moment").first).to_contain_text(found)
        assert await findings(page, axe) == []
