"""The main acts, from the first page to the result, with real recognition."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from tests.server import Server
from tests.web.browser.looking import check, opened

pytestmark = pytest.mark.models

WORK_MS = 240_000


async def uploaded(page: Page, *files: Path) -> None:
    await page.set_input_files("#file", [str(file) for file in files])
    await page.click("#begin button.main")


async def test_a_film_becomes_subtitles_in_two_steps(
    browser: Browser, home: Server, talk: Path, axe: str
) -> None:
    async with opened(browser, f"{home.url}/app") as page:
        await uploaded(page, talk)
        await page.wait_for_url("**/app/recordings/*")
        # A name is text, whatever stands in it.
        await expect(page.locator("h1")).to_have_text(talk.name)
        await expect(page.locator(".files")).to_be_visible(timeout=WORK_MS)
        await expect(page.locator(".text")).to_contain_text("call the dentist", ignore_case=True)

        async with page.expect_download() as coming:
            await page.click(".files .main")
        srt = Path(await (await coming.value).path()).read_text()
        assert "dentist" in srt
        await _words_are_lit(page)
        address = page.url
    await check(browser, address, axe)
    await check(browser, f"{home.url}/app/jobs", axe)


async def _words_are_lit(page: Page) -> None:
    await page.evaluate("document.querySelector('video').muted = true")
    await page.click(".phrase .at")
    await expect(page.locator(".word.lit")).to_have_count(1, timeout=10_000)
    await page.evaluate("document.querySelector('video').pause()")
    word = page.locator(".word", has_text=re.compile("dentist"))
    await word.click()
    await expect(page.locator(".word.lit")).to_have_text(re.compile("dentist"))
    tracks = "document.querySelector('video').textTracks[0].cues?.length ?? 0"
    await page.wait_for_function(f"{tracks} > 0")


async def test_a_deletion_can_be_taken_back(browser: Browser, home: Server, talk: Path) -> None:
    job = home.begin(recipe="transcript", media_id=home.upload(talk))
    home.wait(job)
    async with opened(browser, f"{home.url}/app/jobs") as page:
        row = page.locator(f"[data-job='{job}']")
        await row.get_by_role("button", name="Delete").click()
        await expect(row).to_be_hidden()
        await page.locator("s-toasts button").click()
        await expect(row).to_be_visible()
        await row.get_by_role("button", name="Delete").click()
        await expect(page.locator("s-toasts div")).to_have_count(0, timeout=15_000)
        await expect(row).to_have_count(0, timeout=15_000)


async def test_the_list_shows_what_others_begin(browser: Browser, home: Server, talk: Path) -> None:
    media = home.upload(talk)
    async with opened(browser, f"{home.url}/app/jobs?state=active&recipe=transcript") as page:
        await expect(page.locator(".empty")).to_be_visible()
    async with opened(browser, f"{home.url}/app/jobs") as page:
        job = home.begin(recipe="transcript", media_id=media)
        row = page.locator(f"[data-job='{job}']")
        await expect(row).to_be_visible(timeout=15_000)
        await expect(row.locator(".state")).to_have_text("Done", timeout=WORK_MS)


async def test_without_javascript_a_film_becomes_subtitles_too(
    browser: Browser, home: Server, talk: Path
) -> None:
    async with opened(browser, f"{home.url}/app", java_script_enabled=False) as page:
        await uploaded(page, talk)
        await page.wait_for_url("**/app/recordings/*")
        home.wait(page.url.rpartition("/")[2])
        await page.reload()
        await expect(page.locator(".text")).to_contain_text("call the dentist", ignore_case=True)
        await page.goto(f"{home.url}/app/jobs")
        await page.get_by_role("button", name="Delete").first.click()
        await expect(page.locator("h1")).to_have_text("Delete this job?")
