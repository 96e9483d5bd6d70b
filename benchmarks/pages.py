"""The pages in a browser: what they weigh, when they can be read and used, and whether they move smoothly.

A real server on SQLite with 10,000 jobs and a recording of three hours and 30,000 words; headless Chromium on
the same machine, with nothing kept from before, at 1280 pixels. **kB**: all that comes over the line,
compressed, without headers and without what is played. **First byte**, **first paint** (the first contentful
one) and **interactive** (the later of the load event and the end of the last long task, after which half a
second passes without one; a long task keeps the page from answering for 50 ms) are counted from the click, on
a processor slowed down four times. **Shift** is the cumulative layout shift until then. **axe**: violations
in the light and the dark theme; not looked for in the 30,000 words.

**Frames** are drawn as fast as they can be rather than sixty times a second, in software, so that the time
from one to the next is what it takes: while the page scrolls by 90 pixels each frame; and while its recording
plays at four times its speed, every word is lit as it is spoken, and the page scrolls by one pixel. **Steps**
are what a person does from the first page to the first line of text, on a server with Whisper base.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.async_api import Browser
from tests.server import Server
from tests.web.browser.looking import MOST_BYTES, axe_script
from tests.web.every_page import PAGES, Shown

from benchmarks.full_house import ACCESS_SECONDS, LONG, FullHouse, full_house
from benchmarks.materials import Materials
from benchmarks.page_looks import SLOWER, Frames, Load, chromium, entered, lit, load, scrolled, violations
from benchmarks.report import Report, progress

_MOST_PAINT_MS = 1000
_MOST_FRAME_MS = 16
_MOST_STEPS = 2
_LOADS = 5
_FRAME_SECONDS = 6.0
_TEXT_MS = 240_000
_LONG_PAGE = Shown("/app/recordings/{job_id}", "three hours", "Three hours", filled={"job_id": LONG})
_QUIET = {f"SURTITLE_LIMITS__{kind}_REQUESTS_A_MINUTE": "0" for kind in ("ADDRESS", "USER", "KEY")}


@dataclass(frozen=True, slots=True)
class _Page:
    """A page's loads, of which the middle counts, and what axe found."""

    name: str
    loads: list[Load]
    violations: int

    def middle(self, figure: str) -> float:
        return float(median(getattr(one, figure) for one in self.loads))

    def cells(self) -> tuple[str, ...]:
        times = (f"{self.middle(figure):.0f}" for figure in ("first_byte", "paint", "interactive"))
        return (
            self.name, f"{self.middle('kilobytes'):.0f}", *times, f"{self.middle('shift'):.3f}",
            str(self.violations),
        )  # fmt: skip


def run(report: Report, materials: Materials) -> None:
    jobs, words, hours = (200, 2_000, 0.2) if materials.quick else (10_000, 30_000, 3.0)
    progress(f"{jobs} jobs, {words} words: making them")
    folder = materials.folder / "pages"
    folder.mkdir()
    house = asyncio.run(full_house(folder, materials.prose, jobs=jobs, words=words, hours=hours))
    variables = {"SURTITLE_SERVER__AUTH": "required", "SURTITLE_SERVER__WORKERS": "0", **_QUIET}
    variables["SURTITLE_ACCOUNTS__ACCESS_TOKEN_SECONDS"] = str(ACCESS_SECONDS)
    with Server(house.folder, **variables) as server:
        _tell_pages(report, asyncio.run(_pages(server.url, house, 1 if materials.quick else _LOADS)))
        seconds = 1.0 if materials.quick else _FRAME_SECONDS
        _tell_frames(report, asyncio.run(_frames(server.url, house, seconds)))
    _tell_steps(report, *asyncio.run(_steps(materials)))


async def _pages(url: str, house: FullHouse, loads: int) -> list[_Page]:
    async with chromium() as browser:
        return [await _page(browser, url, house, shown, loads) for shown in (*PAGES, _LONG_PAGE)]


async def _page(browser: Browser, url: str, house: FullHouse, shown: Shown, loads: int) -> _Page:
    progress(f"the page {shown.name}")
    address, cookies = url + shown.address(house.ids), house.cookies[shown.who]
    # The server too reads some of it for the first time only once.
    await load(browser, cookies, address)
    found = [await load(browser, cookies, address) for _ in range(loads)]
    # On thirty thousand words axe takes minutes, and finds what it finds on a hundred.
    broken = 0 if shown is _LONG_PAGE else await violations(browser, cookies, address, axe_script())
    return _Page(shown.name, found, broken)


def _tell_pages(report: Report, pages: list[_Page]) -> None:
    head = ("page", "kB", "first byte ms", "first paint ms", "interactive ms", "shift", "axe")
    report.table(head, [page.cells() for page in pages])
    most = MOST_BYTES // 1000
    aims = (
        ("kilobytes", f"every page below {most} kB", most, "kB"),
        (
            "paint",
            f"first paint in less than {_MOST_PAINT_MS} ms, {SLOWER} times slowed down",
            _MOST_PAINT_MS,
            "ms",
        ),
        ("shift", "no layout shift", 0.001, "of the page"),
    )
    for figure, aim, bound, unit in aims:
        worst = max(pages, key=lambda page: page.middle(figure))
        value = worst.middle(figure)
        report.aim(aim, f"at most {value:.3g} {unit} (`{worst.name}`)", met=value < bound)
    found = sum(page.violations for page in pages)
    report.aim("axe finds nothing", f"{found} violations", met=not found)


async def _frames(url: str, house: FullHouse, seconds: float) -> dict[str, Frames]:
    found = {}
    jobs = next(page for page in PAGES if page.route == "/app/jobs")
    async with chromium(unlimited=True) as browser:
        for shown, name in ((jobs, "jobs"), (_LONG_PAGE, "three hours")):
            async with entered(browser, house.cookies[shown.who]) as context:
                page = await context.new_page()
                await page.goto(url + shown.address(house.ids), wait_until="load")
                await page.wait_for_timeout(1000)
                progress(f"frames of {name}")
                found[f"{name}: scrolling"] = await scrolled(page, seconds)
                if shown is _LONG_PAGE:
                    found[f"{name}: words lit"] = await lit(page, seconds)
    return found


def _tell_frames(report: Report, found: dict[str, Frames]) -> None:
    rows = [(name, f"{frames.median:.1f}", f"{frames.p95:.1f}") for name, frames in found.items()]
    report.table(("frames", "median ms", "p95 ms"), rows)
    name = max(found, key=lambda one: found[one].median)
    slowest = found[name].median
    aim = f"a frame in less than {_MOST_FRAME_MS} ms at the median"
    report.aim(aim, f"{slowest:.1f} ms ({name})", met=slowest < _MOST_FRAME_MS)


async def _steps(materials: Materials) -> tuple[int, float]:
    """How many there were, and how long the first line took to come after the last of them."""
    clip: Path = materials.clip
    with Server(materials.folder / "first-subtitle", SURTITLE_ENGINES__MODEL="whisper-base") as server:
        async with chromium() as browser, entered(browser, []) as context:
            page = await context.new_page()
            await page.goto(f"{server.url}/app")
            steps: tuple[Callable[[], Awaitable[None]], ...] = (
                lambda: page.set_input_files("#file", str(clip)),
                lambda: page.click("#begin button.main"),
            )
            for step in steps:
                await step()
            began = asyncio.get_running_loop().time()
            await page.wait_for_selector(".phrase", timeout=_TEXT_MS)
            return len(steps), asyncio.get_running_loop().time() - began


def _tell_steps(report: Report, steps: int, seconds: float) -> None:
    found = f"{steps}: choose a file, press the button; the text begins {seconds:.1f} s later"
    report.aim(f"at most {_MOST_STEPS} steps to the first subtitle", found, met=steps <= _MOST_STEPS)
