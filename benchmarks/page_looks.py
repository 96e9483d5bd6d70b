"""Pages as a browser has them: what they weigh, when they can be read and used, how smoothly they move."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Response, async_playwright
from tests.web.browser.looking import CHROMIUM, findings, weight
from tests.web.furnishing import kept_here

SLOWER = 4
"""As slow as a phone, of the machine that measures."""

_DESK = {"width": 1280, "height": 860}
_QUIET_MS = 500
_SCROLLED_PIXELS = 90

_WATCHED = """
window.seen = { shift: 0, busyUntil: 0 };
const watched = (type, tell) =>
  new PerformanceObserver((list) => list.getEntries().forEach(tell)).observe({ type, buffered: true });
watched("layout-shift", (one) => { if (!one.hadRecentInput) seen.shift += one.value; });
watched("longtask", (one) => { seen.busyUntil = one.startTime + one.duration; });
"""

_QUIET = f"""() => {{
  const [page] = performance.getEntriesByType("navigation");
  return page.loadEventEnd && performance.now() - Math.max(seen.busyUntil, page.loadEventEnd) > {_QUIET_MS};
}}"""

_FOUND = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  const interactive = Math.max(page.loadEventEnd, seen.busyUntil);
  return { first_byte: page.responseStart, paint: paint.startTime, interactive, shift: seen.shift };
}"""

_FRAMES = """(scrolled) => new Promise((done) => {
  const times = [];
  const began = performance.now();
  let before = began;
  const frame = () => {
    const now = performance.now();
    times.push(now - before);
    before = now;
    scrollBy({ top: scrolled, behavior: "instant" });
    const end = scrollY + innerHeight >= document.documentElement.scrollHeight - 1;
    if (scrolled && end) scrollTo({ top: 0, behavior: "instant" });
    if (now - began < %d) requestAnimationFrame(frame);
    else done(times.slice(1));
  };
  requestAnimationFrame(frame);
})"""

_PLAY = """async () => {
  const player = document.querySelector("audio, video");
  if (!player.duration) await new Promise((known) => player.addEventListener("loadedmetadata", known));
  Object.assign(player, { muted: true, currentTime: player.duration / 2, playbackRate: 4 });
  await player.play();
  await new Promise((done) => setTimeout(done, 500));
}"""


@dataclass(frozen=True, slots=True)
class Load:
    """One load of a page with nothing kept from before. Times in ms from its beginning."""

    kilobytes: float
    first_byte: float
    paint: float
    interactive: float
    shift: float


@dataclass(frozen=True, slots=True)
class Frames:
    """How long frames took, in ms."""

    median: float
    p95: float

    @classmethod
    def of(cls, times: list[float]) -> "Frames":
        return cls(median(times), quantiles(times, n=100, method="inclusive")[94])


@asynccontextmanager
async def chromium(*, unlimited: bool = False) -> AsyncIterator[Browser]:
    """A headless browser; `unlimited`: it draws the next frame as soon as it has drawn one, not sixty times a
    second, so that the time between frames is what they take.
    """
    arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    if unlimited:
        arguments += ["--disable-frame-rate-limit", "--disable-gpu-vsync"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


@asynccontextmanager
async def entered(
    browser: Browser, cookies: list[dict[str, Any]], theme: str = "light"
) -> AsyncIterator[BrowserContext]:
    """A browser that knows nothing yet but who somebody is."""
    context = await browser.new_context(viewport=_DESK, color_scheme=theme)  # type: ignore[arg-type]
    await context.add_init_script(_WATCHED)
    await context.add_cookies(kept_here(cookies))
    yield context
    await context.close()


async def load(browser: Browser, cookies: list[dict[str, Any]], address: str) -> Load:
    """Open the page on a processor that is `SLOWER`, until nothing keeps it busy."""
    async with entered(browser, cookies) as context:
        page = await context.new_page()
        await _slow_down(page, SLOWER)
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks it
        answer = await page.goto(address, wait_until="load")
        assert answer is not None
        assert answer.status == 200, (address, answer.status)
        await page.wait_for_function(_QUIET)
        found = await page.evaluate(_FOUND)
        return Load(kilobytes=await weight(answers) / 1000, **found)


async def violations(browser: Browser, cookies: list[dict[str, Any]], address: str, axe: str) -> int:
    """What axe finds in both themes."""
    found = 0
    for theme in ("light", "dark"):
        async with entered(browser, cookies, theme) as context:
            page = await context.new_page()
            await page.goto(address, wait_until="load")
            found += len(await findings(page, axe))
    return found


async def scrolled(page: Page, seconds: float) -> Frames:
    """While the page moves by a few lines each frame."""
    return Frames.of(await page.evaluate(_FRAMES % (seconds * 1000), _SCROLLED_PIXELS))


async def lit(page: Page, seconds: float) -> Frames:
    """While a recording plays at four times its speed and its words are lit, from the middle on. The page
    moves by a pixel each frame: a browser that is not scrolled waits for the next sixtieth of a second.
    """
    await page.evaluate(_PLAY)
    assert await page.locator(".word.lit").count() <= 1
    assert await page.locator(".word").count() > 0, "no word has been lit"
    return Frames.of(await page.evaluate(_FRAMES % (seconds * 1000), 1))


async def _slow_down(page: Page, rate: int) -> None:
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
