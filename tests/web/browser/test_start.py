"""The first page: two steps to subtitles, uploads that go on, the microphone whose words come out right."""

import base64
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Request, Route, async_playwright, expect
from tests.server import Server
from tests.spoken import speak
from tests.web.browser.looking import CHROMIUM, opened

pytestmark = pytest.mark.models

WORK_MS = 240_000
PIECE_BYTES = 32 * 1024 * 1024

_DROP = """([name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name));
  document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}"""


@dataclass
class Person:
    """Who uses the page; `steps`: what they had to do."""

    page: Page
    steps: int = 0

    async def drops(self, file: Path) -> None:
        self.steps += 1
        await self.page.evaluate(_DROP, [file.name, base64.b64encode(file.read_bytes()).decode()])

    async def presses(self, button: str) -> None:
        self.steps += 1
        await self.page.get_by_role("button", name=button).click()


async def test_two_steps_lead_from_the_first_page_to_the_first_subtitle(
    browser: Browser, home: Server, talk: Path
) -> None:
    async with opened(browser, f"{home.url}/app") as page:
        person = Person(page)
        await person.drops(talk)
        await person.presses("Upload and start")
        await expect(page.locator(".phrase").first).to_contain_text(
            "dentist", ignore_case=True, timeout=WORK_MS
        )
        await expect(page.get_by_role("link", name="Subtitles (SRT)")).to_be_visible(timeout=WORK_MS)
        assert person.steps == 2


@pytest.fixture
async def speaking(tmp_path: Path) -> AsyncIterator[Browser]:
    """Chromium into whose microphone somebody speaks."""
    said = speak("The quick brown fox jumps over the lazy dog.", tmp_path / "said.wav")
    assert CHROMIUM, "apt-get install chromium"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={said}",
            ],
        )
        yield started
        await started.close()


async def test_what_is_spoken_into_the_microphone_is_written_down(speaking: Browser, home: Server) -> None:
    async with opened(speaking, f"{home.url}/app", permissions=["microphone"]) as page:
        await page.check("input[value=transcript]")
        microphone = page.locator("s-microphone button")
        await microphone.click()
        # Twice what is said, from wherever in it the recording begins.
        await expect(microphone).to_contain_text("0:07", timeout=60_000)
        await microphone.click()
        await expect(page.locator(".uploads .file")).to_contain_text("Recording")
        await page.get_by_role("button", name="Upload and start").click()
        await page.wait_for_url("**/app/recordings/*")
        text = page.locator("section.text")
        for word in ("brown fox", "lazy dog"):
            await expect(text).to_contain_text(word, ignore_case=True, timeout=WORK_MS)
        await page.goto(f"{home.url}/app")
        await expect(page.locator("input[value=transcript]")).to_be_checked()


def long_recording(path: Path) -> Path:
    """A minute of silence at a rate that makes it larger than one piece of an upload."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(192_000)
        file.writeframes(bytes(PIECE_BYTES + 4_000_000))
    return path


async def test_an_upload_that_broke_off_goes_on_after_the_page_was_loaded_again(
    browser: Browser, home: Server, tmp_path: Path
) -> None:
    file = long_recording(tmp_path / "long <b>.wav")
    sent: list[tuple[str, str]] = []

    async def cut(route: Route, request: Request) -> None:
        sent.append((request.method, request.headers.get("upload-offset", "")))
        second = request.method == "PATCH" and request.headers["upload-offset"] != "0"
        await (route.abort() if second and broken else route.continue_())

    broken = True
    # Not `opened`: a line that is cut is told in the console.
    async with await browser.new_page() as page:
        await page.route("**/api/uploads**", cut)
        await page.goto(f"{home.url}/app")
        await page.set_input_files("#file", str(file))
        await page.click("#begin button.main")
        await expect(page.locator(".uploads .told")).to_contain_text("left", timeout=60_000)
        await page.wait_for_timeout(100)
        while ("PATCH", str(PIECE_BYTES)) not in sent:
            await page.wait_for_timeout(100)
        await page.reload()
        await expect(page.locator("[data-unfinished]")).to_contain_text("long <b>.wav")
        broken, before = False, len(sent)
        await page.set_input_files("#file", str(file))
        await expect(page.locator("[data-unfinished]")).to_be_hidden()
        await page.click("#begin button.main")
        await page.wait_for_url("**/app/recordings/*", timeout=WORK_MS)
        again = sent[before:]
        assert "POST" not in {method for method, _ in again}
        assert ("PATCH", str(PIECE_BYTES)) in again
        assert ("PATCH", "0") not in again
