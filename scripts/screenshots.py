"""Takes the pictures of docs/user/pages: every page on a phone and on a desk, light and dark.

python scripts/screenshots.py [NAME…]

On a real server that is furnished anew each time, on the same morning: libfaketime (Debian has it) sets the
clock, so that the same pages give the same pictures.
"""

import asyncio
import os
import sys
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

MORNING = "2027-03-22 09:30:00"
"""When the program begins."""
LOOKED_AT = "2027-03-22T10:00:00+00:00"
"""When somebody looks at what was made since then."""

_CLOCK = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def on_that_morning() -> None:
    """Begin this program anew with its clock set."""
    if "FAKETIME" in os.environ:
        # The programs that it starts keep the real time.
        os.environ.pop("LD_PRELOAD", None)
        return
    if _CLOCK is None:
        sys.exit("apt-get install libfaketime")
    clock = {"LD_PRELOAD": str(_CLOCK), "FAKETIME": f"@{MORNING}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **clock, "TZ": "UTC"})  # noqa: S606


if __name__ == "__main__":
    on_that_morning()

import skia  # noqa: E402
from playwright.async_api import Browser, BrowserContext, Page, async_playwright  # noqa: E402
from playwright.async_api import TimeoutError as PatienceOver  # noqa: E402
from tests.api.accounts import front_door  # noqa: E402
from tests.web.browser.looking import CHROMIUM  # noqa: E402
from tests.web.every_page import PAGES, Shown, Who  # noqa: E402
from tests.web.furnishing import Furnished, furnished, kept_here  # noqa: E402
from tests.web.lifelike import lived_in, recordings  # noqa: E402

from surtitle.config import LimitSettings  # noqa: E402
from surtitle.web.app import add_pages  # noqa: E402

OUTPUT = ROOT / "docs" / "user" / "pages"
PAGE = ROOT / "docs" / "user" / "pages.md"
# Width, first height, and the greatest: below it a long page goes on as above.
SIZES = {"phone": (390, 844, 1500), "desk": (1280, 800, 1100)}
# Those that the page shows come first.
LOOKS = (("desk", "light"), ("phone", "dark"), ("desk", "dark"), ("phone", "light"))
_SETTLED_MS = 400
_STILL_MS = 4000
_PATIENCE_MS = 180_000
_QUALITIES = (80, 70, 60, 50, 40)
_MOST_BYTES = 40_000

HEAD = """# The pages, one by one

Made-up people in a made-up museum; every page on a desk in the light theme and on a phone in the dark one.
The other two pictures are linked below them. `python scripts/screenshots.py` takes all of them again.
"""


async def take(names: list[str]) -> None:
    wanted = [page for page in PAGES if not names or page.name in names]
    OUTPUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        made = recordings(Path(folder))
        quiet = LimitSettings(address_requests_a_minute=0, user_requests_a_minute=0)
        async with front_door(Path(folder), limits=quiet, access_token_seconds=86_400) as api:
            add_pages(api.app)
            house = await furnished(api, recordings=made)
            await lived_in(house, datetime.fromisoformat(LOOKED_AT))
            async with api.served() as client, async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                url = str(client.base_url).rstrip("/")
                for size, theme in LOOKS:
                    for who in Who:
                        pages = {one.name: url + house.address(one) for one in wanted if one.who is who}
                        context = await _entered(browser, house, who, size, theme)
                        await _looked_at(context, (size, theme), pages)
                        await context.close()
                await browser.close()
    PAGE.write_text(text())


async def _looked_at(context: BrowserContext, look: tuple[str, str], pages: dict[str, str]) -> None:
    """Pages by name, at their addresses."""
    for name, address in pages.items():
        page = await context.new_page()
        answer = await page.goto(address, wait_until="load")
        assert answer is not None
        if not answer.ok:
            raise RuntimeError(f"{name}: {answer.status}")
        # A page that listens is never quite still.
        with suppress(PatienceOver):
            await page.wait_for_load_state("networkidle", timeout=_STILL_MS)
        await page.wait_for_timeout(_SETTLED_MS)
        picture = "-".join((name, *look))
        _keep(await _picture(page, look[0]), OUTPUT / f"{picture}.webp")
        print(picture, flush=True)  # noqa: T201 - it takes minutes
        await page.close()


async def _entered(browser: Browser, house: Furnished, who: Who, size: str, theme: Any) -> BrowserContext:
    width, height, _ = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, locale="en-GB", timezone_id="UTC",
        reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(_PATIENCE_MS)
    await context.add_cookies(kept_here(house.cookies[who]))
    await context.clock.set_fixed_time(LOOKED_AT)
    return context


async def _picture(page: Page, size: str) -> bytes:
    width, first, most = SIZES[size]
    height = await page.evaluate("document.documentElement.scrollHeight")
    clip: Any = {"x": 0, "y": 0, "width": width, "height": max(first, min(height, most))}
    return await page.screenshot(full_page=True, clip=clip)


def _keep(png: bytes, path: Path) -> None:
    """As WebP, as good as the bytes allow."""
    picture = skia.Image.MakeFromEncoded(skia.Data(png))
    for quality in _QUALITIES:
        data = bytes(picture.encodeToData(skia.kWEBP, quality))
        if len(data) <= _MOST_BYTES:
            break
    path.write_bytes(data)


def text() -> str:
    """The page that shows them: those that were taken."""
    return HEAD + "".join(_shown(page) for page in PAGES if _taken(page.name, *LOOKS[0]))


def _taken(name: str, size: str, theme: str) -> bool:
    return (OUTPUT / f"{name}-{size}-{theme}.webp").exists()


def _shown(page: Shown) -> str:
    pictures = [look for look in LOOKS if _taken(page.name, *look)]
    widths = {"desk": 640, "phone": 195}
    shown = (
        f"![{page.title}: {size}, {theme}](pages/{page.name}-{size}-{theme}.webp)"
        f"{{ width={widths[size]} loading=lazy }}\n"
        for size, theme in pictures[:2]
    )
    others = (f"[{size}, {theme}](pages/{page.name}-{size}-{theme}.webp)" for size, theme in pictures[2:])
    return f"\n## {page.title}\n\n{''.join(shown)}\n{' · '.join(others)}".rstrip() + "\n"


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1:]))
