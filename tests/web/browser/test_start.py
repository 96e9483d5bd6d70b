"""The first page: two steps to subtitles, uploads that go on, the microphone whose words come out right."""

import asyncio
import base64
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

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


def silence(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(32_000))
    return path


@dataclass
class Line:
    """Between a page and the server; bytes of files wait until it is let go."""

    page: Page
    _asked: list[str] = field(default_factory=list)
    _reached: asyncio.Event = field(default_factory=asyncio.Event)
    _free: asyncio.Event = field(default_factory=asyncio.Event)

    def asked(self, path: str) -> int:
        """How often something was posted there."""
        return self._asked.count(path)

    def note(self, request: Request) -> None:
        if request.method == "POST":
            self._asked.append(urlsplit(request.url).path)

    async def carry(self, route: Route, request: Request) -> None:
        if request.method == "PATCH":
            self._reached.set()
            await self._free.wait()
        await route.continue_()

    async def begins(self, *files: Path) -> None:
        """Choose files and start; the first is then on its way."""
        await self.page.set_input_files("#file", [str(file) for file in files])
        await self.page.click("#begin button.main")
        await self._reached.wait()

    def lets_go(self) -> None:
        self._free.set()


@asynccontextmanager
async def line_to(browser: Browser, home: Server) -> AsyncIterator[Line]:
    async with opened(browser, f"{home.url}/app") as page:
        line = Line(page)
        page.on("request", line.note)
        await page.route("**/api/uploads**", line.carry)
        await page.check("input[value=transcript]")
        yield line


async def test_a_file_that_is_stopped_before_its_turn_is_not_sent(
    browser: Browser, home: Server, tmp_path: Path
) -> None:
    async with line_to(browser, home) as line:
        await line.begins(silence(tmp_path / "first.wav"), silence(tmp_path / "second.wav"))
        await line.page.locator(".uploads li", has_text="second.wav").get_by_role("button").click()
        await expect(line.page.locator(".uploads li")).to_have_count(1)
        line.lets_go()
        await line.page.wait_for_url("**/app/recordings/*")
        assert (line.asked("/api/uploads"), line.asked("/app/jobs/of-recording")) == (1, 1)


async def test_each_file_is_sent_once_also_one_that_is_added_on_the_way(
    browser: Browser, home: Server, tmp_path: Path
) -> None:
    async with line_to(browser, home) as line:
        await line.begins(silence(tmp_path / "first.wav"), silence(tmp_path / "second.wav"))
        await line.page.click("#begin button.main")
        await line.page.set_input_files("#file", str(silence(tmp_path / "third.wav")))
        line.lets_go()
        await line.page.wait_for_url("**/app/jobs")
        assert (line.asked("/api/uploads"), line.asked("/app/jobs/of-recording")) == (3, 3)


async def test_a_file_that_failed_keeps_the_page_until_it_is_sent_again(
    browser: Browser, home: Server, tmp_path: Path
) -> None:
    async with line_to(browser, home) as line:
        line.lets_go()
        await line.page.route("**/of-recording?*", lambda route: route.fulfill(status=409), times=1)
        await line.begins(silence(tmp_path / "first.wav"), silence(tmp_path / "second.wav"))
        failed = line.page.locator(".uploads li", has_text="first.wav")
        await expect(line.page.get_by_role("link", name="Open")).to_have_count(1)
        await failed.get_by_role("button").click()
        await line.page.wait_for_url("**/app/jobs")
        assert line.asked("/app/jobs/of-recording") == 3


_COUNTS_RECORDERS = """() => {
  const { start } = MediaRecorder.prototype;
  window.recorders = 0;
  MediaRecorder.prototype.start = function (...how) {
    window.recorders++;
    return start.apply(this, how);
  };
}"""


async def may_leave(page: Page) -> bool:
    """Whether the page lets one go without a question."""
    return bool(await page.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))"))


async def test_a_double_press_records_once_and_a_take_is_not_lost_unasked(
    browser: Browser, home: Server
) -> None:
    async with opened(browser, f"{home.url}/app", permissions=["microphone"]) as page:
        assert await may_leave(page)
        await page.evaluate(_COUNTS_RECORDERS)
        microphone = page.locator("s-microphone button")
        await microphone.evaluate("(button) => { button.click(); button.click(); }")
        await expect(microphone).to_contain_text("0:01", timeout=20_000)
        assert await page.evaluate("window.recorders") == 1
        assert not await may_leave(page)
        await microphone.click()
        take = page.locator(".uploads li")
        await expect(take).to_have_count(1)
        assert not await may_leave(page)
        await take.get_by_role("button").click()
        assert await may_leave(page)
