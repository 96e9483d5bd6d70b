"""The main acts, from the first page to the result, with real recognition."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect
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


async def test_a_job_that_could_not_be_deleted_is_shown_again(
    browser: Browser, home: Server, talk: Path
) -> None:
    media = home.upload(talk)
    goes, stays = (home.begin(recipe="transcript", media_id=media) for _ in range(2))
    for job in (goes, stays):
        home.wait(job)

    async def leaves_one(route: Route, request: Request) -> None:
        # For the server it is as with a job that a worker has taken meanwhile: not to be deleted.
        await route.continue_(post_data=(request.post_data or "").replace(stays, str(UUID(int=1))))

    async with opened(browser, f"{home.url}/app/jobs") as page:
        await page.route("**/app/jobs/do", leaves_one)
        for job in (goes, stays):
            await page.check(f"[data-job='{job}'] input")
        await page.locator(".bulk button[value=delete]").click()
        row = page.locator(f"[data-job='{stays}']")
        await expect(row).to_be_hidden()
        await expect(row).to_be_visible(timeout=20_000)
        await expect(page.locator("s-toasts div")).to_have_text(re.compile("^1 job had moved on"))
        await expect(page.locator(f"[data-job='{goes}']")).to_have_count(0)


async def test_the_list_goes_on_after_the_server_was_busy(browser: Browser, home: Server, talk: Path) -> None:
    media = home.upload(talk)
    home.begin(recipe="transcript", media_id=media)
    async with opened(browser, "about:blank") as page:
        # Not 503: that the page is told of a fault of the server fails the test.
        await page.route("**/app/jobs/live**", lambda route: route.fulfill(status=429), times=2)
        await page.goto(f"{home.url}/app/jobs")
        job = home.begin(recipe="transcript", media_id=media)
        await expect(page.locator(f"[data-job='{job}']")).to_be_visible(timeout=20_000)


async def test_the_list_goes_on_when_the_page_is_come_back_to(
    browser: Browser, home: Server, talk: Path
) -> None:
    media = home.upload(talk)
    home.begin(recipe="transcript", media_id=media)
    async with opened(browser, f"{home.url}/app/jobs") as page:
        for away in ("'pagehide'", "'pageshow', { persisted: true }"):
            await page.evaluate(f"dispatchEvent(new PageTransitionEvent({away}))")
        job = home.begin(recipe="transcript", media_id=media)
        await expect(page.locator(f"[data-job='{job}']")).to_be_visible(timeout=20_000)
