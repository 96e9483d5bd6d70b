"""The page of a recording in a browser: text that grows, words that are played, minutes on paper, doubts."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from tests.api.installation import Installation, installed, spoken, wav
from tests.servers.seaweedfs import S3Server
from tests.web.browser.looking import check, opened
from tests.web.made_up import MEETING, spoken_by

from surtitle.domain.jobs import EventType
from surtitle.domain.minutes import Chapter, minutes_json
from surtitle.domain.transcript import Segment, Transcript
from surtitle.ids import new_id
from surtitle.jobs.work import JobWork
from surtitle.pipelines.minutes.extraction import extracted
from surtitle.transcripts.schema import segment_json
from surtitle.web import told_transcript
from surtitle.web.app import add_pages

pytestmark = pytest.mark.models

SOON_MS = 20_000
UNSURE = "printed."


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[Installation, str]]:
    """A personal installation whose jobs the test does itself, and where it is."""
    async with installed(tmp_path / "data") as api:
        add_pages(api.app)
        async with api.served() as client:
            yield api, str(client.base_url).rstrip("/")


async def until(page: Page, expression: str) -> None:
    """Playwright's own waiting evaluates, which the page's policy does not let it."""
    async with asyncio.timeout(SOON_MS / 1000):
        while not await page.evaluate(expression):  # noqa: ASYNC110  there is no event for it
            await asyncio.sleep(0.05)


# While it is written down


def phrases(count: int) -> list[Segment]:
    return [
        replace(spoken(f"This is phrase {number}.").segments[0], id=f"s{number}", start_seconds=float(number))
        for number in range(count)
    ]


async def tell(work: JobWork, segments: Sequence[Segment]) -> None:
    events: list[tuple[EventType, dict[str, Any]]] = [
        (EventType.SEGMENT, segment_json(one)) for one in segments
    ]
    await work.save("growing.json", b"{}", media_type="application/json", kind="work", events=events)


async def read(page: Page, count: int) -> list[str]:
    await expect(page.locator(".text .said")).to_have_count(count, timeout=SOON_MS)
    return await page.locator(".text .said").all_text_contents()


async def test_the_text_is_whole_after_the_network_was_cut(
    browser: Browser, served: tuple[Installation, str]
) -> None:
    api, url = served
    job = await api.start()
    work = await api.work_on(await api.claim())
    said = phrases(8)
    wanted = [one.text for one in said]
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{url}/app/recordings/{job['id']}")
    await tell(work, said[:3])
    assert await read(page, 3) == wanted[:3]
    await context.set_offline(True)
    await tell(work, said[3:6])
    await expect(page.locator(".away")).to_be_visible(timeout=SOON_MS)
    assert await read(page, 3) == wanted[:3]
    await context.set_offline(False)
    assert await read(page, 6) == wanted[:6]
    await expect(page.locator(".away")).to_be_hidden()
    await tell(work, said[6:])
    assert await read(page, 8) == wanted
    await context.close()


async def test_a_page_that_was_put_away_goes_on_where_it_was(
    browser: Browser, served: tuple[Installation, str]
) -> None:
    api, url = served
    job = await api.start()
    work = await api.work_on(await api.claim())
    said = phrases(4)
    moved = "(kind) => dispatchEvent(new PageTransitionEvent(kind, { persisted: true }))"
    async with opened(browser, f"{url}/app/recordings/{job['id']}") as page:
        await tell(work, said[:2])
        await read(page, 2)
        # As browsers do with a page that one goes back to.
        await page.evaluate(moved, "pagehide")
        await tell(work, said[2:])
        await page.wait_for_timeout(1500)
        await read(page, 2)
        await page.evaluate(moved, "pageshow")
        assert await read(page, 4) == [one.text for one in said]


async def test_a_page_hears_that_its_job_failed_and_what_it_says_when_it_is_tried_again(
    browser: Browser, served: tuple[Installation, str]
) -> None:
    api, url = served
    job = await api.start()
    async with opened(browser, f"{url}/app/recordings/{job['id']}") as page:
        await api.fail(detail="It holds no sound at all.")
        again = page.get_by_role("button", name="Try again")
        await expect(again).to_be_visible(timeout=SOON_MS)
        await again.click()
        await expect(again).to_have_count(0, timeout=SOON_MS)
        said = phrases(3)
        await tell(await api.work_on(await api.claim()), said)
        assert await read(page, 3) == [one.text for one in said]


# A meeting that has ended


def meeting() -> Transcript:
    """One word of it is not sure."""
    said = spoken_by(MEETING)
    segments = [
        replace(one, words=tuple(replace(word, confidence=_sure(word.text)) for word in one.words))
        for one in said.segments
    ]
    return replace(said, segments=tuple(segments))


def _sure(text: str) -> float:
    return 0.3 if text == UNSURE else 0.9


async def held(api: Installation) -> str:
    """A meeting with its minutes: the path of its page."""
    said = meeting()
    media = await api.bring("Monday meeting.wav", wav(said.duration_seconds))
    job = await api.start("meeting", media_id=media["id"])
    half = said.segments[7].start_seconds
    chapters = (Chapter("Opening", 0.0, half), Chapter("The roof", half, said.duration_seconds))
    minutes = replace(extracted(said, "Monday meeting"), chapters=chapters)
    await api.finish(said, [("minutes.json", minutes_json(minutes), "application/json")])
    return f"/app/recordings/{job['id']}"


async def test_a_meeting_is_looked_through_by_chapter_by_doubt_and_by_line(
    browser: Browser, served: tuple[Installation, str], axe: str
) -> None:
    api, url = served
    here = url + await held(api)
    async with opened(browser, here, viewport={"width": 1280, "height": 900}) as page:
        await page.evaluate("document.querySelector('#player').muted = true")
        await page.locator(".chapters a", has_text="The roof").click()
        await expect(page.locator(".chapters [aria-current]")).to_have_text(re.compile("The roof"))
        await expect(page.locator(".word.lit")).to_have_count(1, timeout=SOON_MS)
        await page.evaluate("document.querySelector('#player').pause()")
        await _doubts(page)
        await _waveform(page)
        line = page.locator(".minutes li", has_text="printer by Friday")
        await line.locator("a").click()
        start = float(await line.locator("a").get_attribute("data-start") or "")
        await until(page, f"document.querySelector('#player').currentTime >= {start}")
    await check(browser, here, axe)


async def test_a_link_to_a_moment_and_a_clock_of_a_long_text_lead_to_the_exact_place(
    browser: Browser, served: tuple[Installation, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told_transcript, "MOST_TIMED_WORDS", 1)
    api, url = served
    here = url + await held(api)
    # The clock beside it tells the next second.
    number, start = next(
        (number, segment.start_seconds)
        for number, segment in enumerate(meeting().segments)
        if segment.start_seconds % 1 > 0.5
    )
    async with opened(browser, f"{here}#t={start + 0.01}", viewport={"width": 1280, "height": 400}) as page:
        phrase = page.locator(".phrase").nth(number)
        assert await phrase.get_attribute("data-start") is None
        await expect(phrase).to_be_in_viewport(ratio=1)
        player = "document.querySelector('#player')"
        await page.evaluate(f"{player}.muted = true; window.began = []")
        await page.evaluate(f"{player}.addEventListener('seeking', () => began.push({player}.currentTime))")
        button = phrase.get_by_role("button")
        await expect(button).to_have_accessible_name(f"Play from {await button.text_content()}")
        await button.click()
        await expect(phrase.locator(".word.lit")).to_have_count(1, timeout=SOON_MS)
        # The word can be lit since the page was opened, before the player has begun to seek.
        await until(page, f"began.some((seconds) => Math.abs(seconds - {start}) < 0.001)")


async def _doubts(page: Page) -> None:
    await page.click("[data-next-doubt]")
    await expect(page.locator(".looked-at")).to_have_text(UNSURE)
    await expect(page.locator(".doubt-told")).to_contain_text("30% sure")
    await page.click("[data-next-doubt]")
    await expect(page.locator(".doubt-told")).to_have_text("The recogniser is not sure of these words.")
    await page.click("[data-next-doubt]")
    await expect(page.locator(".looked-at")).to_have_text(UNSURE)


async def _waveform(page: Page) -> None:
    slider = page.get_by_role("slider", name="Place in the recording")
    await slider.focus()
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowRight")
    await expect(slider).to_have_attribute("aria-valuetext", re.compile("^0:05 of 1:"))
    pen = "document.querySelector('s-waveform canvas').getContext('2d')"
    await until(page, f"{pen}.getImageData(60, 20, 200, 1).data.some((one) => one)")


async def test_a_speaker_is_renamed_and_a_link_is_made_without_javascript(
    browser: Browser, served: tuple[Installation, str]
) -> None:
    api, url = served
    async with opened(browser, url + await held(api), java_script_enabled=False) as page:
        await page.locator("summary", has_text="Change").first.click()
        await page.locator("input[name=name]").first.fill("Hanna O.")
        await page.get_by_role("button", name="Rename").first.click()
        await expect(page.locator(".speakers")).to_contain_text("Hanna O.")
        await page.locator("#share > summary").click()
        await page.get_by_role("button", name="Make the link").click()
        link = await page.locator("#link").input_value()
        answer = await page.request.get(link)
        assert answer.ok


async def test_the_minutes_and_the_text_are_printed_and_nothing_else(
    browser: Browser, served: tuple[Installation, str]
) -> None:
    api, url = served
    async with opened(browser, url + await held(api)) as page:
        await page.emulate_media(media="print")
        for shown in (".minutes", ".text", "h1"):
            await expect(page.locator(shown)).to_be_visible()
        for hidden in (".deeds", ".player", ".speakers", ".top", ".bottom", ".doubt"):
            await expect(page.locator(hidden).first).to_be_hidden()
        assert (await page.pdf(format="A4")).startswith(b"%PDF")


# Downloads that the object store serves itself


@pytest.fixture
async def in_bucket(tmp_path: Path, s3: S3Server) -> AsyncIterator[tuple[Installation, str]]:
    storage = s3.settings(f"tests/{new_id().hex}", redirect_downloads=True)
    async with installed(tmp_path / "data", storage=storage) as api:
        add_pages(api.app)
        async with api.served() as client:
            yield api, str(client.base_url).rstrip("/")


async def test_a_recording_that_the_object_store_serves_is_played(
    browser: Browser, in_bucket: tuple[Installation, str], s3: S3Server
) -> None:
    api, url = in_bucket
    here = await held(api)
    policy = (await api.client.get(here)).headers["content-security-policy"]
    assert f"media-src 'self' blob: {s3.endpoint};" in policy
    assert "default-src 'self';" in policy
    async with opened(browser, url + here) as page:
        ready = "document.querySelector('#player').readyState > 0"
        await until(page, ready)
        source = str(await page.evaluate("document.querySelector('#player').src"))
        assert (await api.client.get(source.removeprefix(url))).status_code == 307
        cues = "document.querySelector('#player').textTracks[0].cues?.length ?? 0"
        await page.evaluate("document.querySelector('#player').textTracks[0].mode = 'showing'")
        await until(page, f"{cues} > 0")
