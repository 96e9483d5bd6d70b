"""Films in a browser: from a prompt to the film, with a sketch of it meanwhile, and on to another like it."""

import re

import pytest
from playwright.async_api import Browser, Page, expect
from tests.films import painted_png
from tests.server import Server
from tests.web.browser.looking import check, opened

pytestmark = pytest.mark.models

WORK_MS = 240_000
# Long enough that the sketch is seen before the film is done.
PROMPT = "# The harbour\n" + "The harbour wakes before the sun does. Forty boats leave before five. " * 3


async def test_a_prompt_becomes_a_film_and_another_like_it(browser: Browser, home: Server) -> None:
    async with opened(browser, f"{home.url}/app/films") as page:
        await page.get_by_role("link", name="Make a film").first.click()
        await page.fill("#prompt", PROMPT)
        await expect(page.locator("[data-estimate]")).to_contain_text("1920", timeout=WORK_MS)
        await _problems_come_and_go(page)
        await page.select_option("#resolution", "360p")
        await page.get_by_role("button", name="Make the film").click()
        await page.wait_for_url("**/app/recordings/*")
        await expect(page.locator("[data-frame] img")).to_be_visible(timeout=WORK_MS)
        await expect(page.locator("figcaption")).to_contain_text("being drawn in full")

        await expect(page.locator(".film video")).to_be_visible(timeout=WORK_MS)
        # Asked again and again: it has to be loaded first.
        await expect(page.locator(".film video")).to_have_js_property("videoHeight", 360)
        assert await page.evaluate("document.querySelector('video').duration") > 5
        assert await _cues(page) > 2

        await page.get_by_role("link", name="Tall, for a phone").click()
        await expect(page.locator("#prompt")).to_have_value(re.compile("Forty boats"))
        await expect(page.locator("input[value='9:16']")).to_be_checked()
        # What it will take is told by what the last one took.
        told = page.locator("[data-estimate]")
        await expect(told).to_contain_text(re.compile(r"360.+640"), timeout=WORK_MS)
        await expect(told).not_to_contain_text("after the first film")


@pytest.mark.parametrize("path", ["/app/recordings/{job}", "/app/films", "/app/films/new?like={job}"])
async def test_the_pages_of_films_keep_nobody_out(
    browser: Browser, home: Server, axe: str, path: str
) -> None:
    job = _film_of(home)
    await check(browser, home.url + path.format(job=job), axe)


def _film_of(home: Server) -> str:
    """A short film, made once."""
    wish = {"prompt": "The sea at dawn.", "options": {"resolution": "360p"}}
    job = home.begin("film-to-look-at", recipe="film", **wish)
    assert home.wait(job)["state"] == "succeeded"
    return job


async def _problems_come_and_go(page: Page) -> None:
    await page.click("text=Size, length and other details")
    problem = page.locator("[data-problem=speed]")
    await page.fill("#speed", "7")
    await expect(problem).to_contain_text("twice as fast", timeout=20_000)
    await expect(page.locator("#speed")).to_have_attribute("aria-invalid", "true")
    await page.fill("#speed", "1.2")
    await expect(problem).to_be_hidden(timeout=20_000)


async def _cues(page: Page) -> int:
    track = "document.querySelector('video').textTracks[0]"
    await page.evaluate(f"{track}.mode = 'hidden'")
    for _try in range(50):
        count: int = await page.evaluate(f"{track}.cues?.length ?? 0")
        if count:
            return count
        await page.wait_for_timeout(100)
    return 0


async def test_a_voice_is_heard_and_a_picture_comes_in_without_leaving_the_page(
    browser: Browser, home: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    picture = tmp_path_factory.mktemp("picture") / "boat <b>.png"
    picture.write_bytes(painted_png(640, 360))
    async with opened(browser, f"{home.url}/app/films/new") as page:
        await page.fill("#prompt", "The sea.")
        async with page.expect_response("**/app/films/sample?**") as coming:
            await page.click("[data-sample]")
        assert (await coming.value).headers["content-type"] == "audio/mpeg"
        await page.click("text=Music, pictures and your brand")
        async with page.expect_file_chooser() as asking:
            await page.click("[data-bring=picture]")
        await (await asking.value).set_files(str(picture))
        await expect(page.locator("[data-pictures] input:checked")).to_have_count(1, timeout=30_000)
        await expect(page.locator("[data-pictures] .file-name").first).to_have_text("boat <b>.png")
        await page.check("input[value=picture]")
        await expect(page.locator("[data-estimate]")).to_contain_text("about", timeout=30_000)
        await page.fill("#prompt", "")
        await page.get_by_role("button", name="Make the film").click()
        await expect(page.locator("#problem-prompt")).to_be_visible()
        await expect(page.locator("[data-pictures] input:checked")).to_have_count(1)
