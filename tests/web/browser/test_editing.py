"""The editor with a person, with two, and with the keyboard alone, on a text that was really recognised."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Download, Locator, Page, Route, expect
from tests.server import Server
from tests.spoken import film, speak
from tests.web.browser.looking import check, opened

pytestmark = pytest.mark.models

SENTENCES = (
    "Please remember to call the dentist tomorrow morning.",
    "We found many old boxes in the attic of the museum.",
    "Some of them had never been opened before.",
    "Nobody wanted to write down what was in every single box.",
)
SAVED_MS = 15_000


@dataclass(frozen=True)
class Text:
    """A text that is edited, and its server."""

    editor: str
    transcript: str

    def segments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(self.transcript).json()["document"]["segments"]
        return found

    def subtitles(self) -> str:
        return httpx.get(f"{self.transcript}/export?format=srt").text

    def cue_with(self, words: str) -> dict[str, Any]:
        return next(one for one in self.segments() if words in one["text"])


@pytest.fixture(scope="module")
def text(home: Server, tmp_path_factory: pytest.TempPathFactory) -> Text:
    folder = tmp_path_factory.mktemp("boxes")
    job = home.begin(
        recipe="subtitles",
        media_id=home.upload(film(speak(" ".join(SENTENCES), folder / "boxes.wav"), folder / "boxes.mp4")),
    )
    transcript = home.wait(job)["transcript_id"]
    return Text(f"{home.url}/app/recordings/{job}/edit", f"{home.url}/api/transcripts/{transcript}")


def said(page: Page, words: str) -> Locator:
    return page.locator(".said", has_text=words)


async def saved(page: Page) -> None:
    await expect(page.locator(".saving[data-state=saved]")).to_be_attached(timeout=SAVED_MS)


async def put_caret(page: Page, words: str, before: str) -> None:
    """Into the cue with `words`, just before the word `before`."""
    cue = said(page, words)
    await cue.click()
    offset = (await cue.inner_text()).index(before)
    await cue.evaluate("(said, offset) => getSelection().collapse(said.firstChild, offset)", offset)


async def test_a_word_that_is_corrected_is_in_the_subtitles(browser: Browser, text: Text, axe: str) -> None:
    async with opened(browser, text.editor, accept_downloads=True) as page:
        await put_caret(page, "dentist", "dentist")
        await page.keyboard.press("Control+Delete")
        await page.keyboard.type("florist ")
        await saved(page)
        await page.reload()
        await expect(said(page, "florist tomorrow")).to_be_visible()
        await page.click("summary:has-text('Take it with you')")
        async with page.expect_download() as coming:
            await page.click("text=Subtitles (SRT)")
        srt = Path(await (await coming.value).path()).read_text()
        assert "florist" in srt
        assert "dentist" not in srt
    words = text.cue_with("florist")["words"]
    assert [word.get("origin") for word in words if word.get("origin")] == ["person"]
    await check(browser, text.editor, axe)
    await check(browser, f"{text.editor.removesuffix('edit')}revisions?from=1", axe)


async def test_two_people_see_each_others_words(browser: Browser, text: Text) -> None:
    async with opened(browser, text.editor) as one, opened(browser, text.editor) as other:
        await said(one, "attic").click()
        await said(other, "attic").click()
        # Both write before either has seen the other: one at the beginning, the other at the end.
        await one.keyboard.press("Home")
        await other.keyboard.press("End")
        await one.keyboard.type("Yesterday ")
        await other.keyboard.type(" Really")
        for page in (one, other):
            await saved(page)
            whole = re.compile(r"^Yesterday We found .* museum\. Really$")
            await expect(said(page, "attic")).to_have_text(whole, timeout=SAVED_MS)


async def test_what_two_people_write_in_one_place_is_shown_to_be_chosen(browser: Browser, text: Text) -> None:
    async with opened(browser, text.editor) as one, opened(browser, text.editor) as other:
        cue = text.cue_with("never")["id"]
        mine, theirs = (page.locator(f"[id='cue-{cue}']") for page in (one, other))
        first = "Some were never opened by us."
        # The second is kept from saving until the first is done.
        await other.route("**/revisions", lambda route: route.fulfill(status=429))
        await theirs.locator(".said").fill("Some were never opened by them.")
        await mine.locator(".said").fill(first)
        await saved(one)
        await expect(other.locator(".saving")).to_have_attribute("data-state", "failed", timeout=SAVED_MS)
        await other.unroute("**/revisions")
        await expect(theirs.locator(".other blockquote")).to_have_text(
            "Some were never opened by us.", timeout=SAVED_MS
        )
        await expect(theirs.locator(".said")).to_have_text("Some were never opened by them.")
        assert text.cue_with("never opened")["text"] == first
        await theirs.get_by_role("button", name="Keep mine").click()
        await expect(mine.locator(".said")).to_have_text("Some were never opened by them.", timeout=SAVED_MS)


async def test_a_cue_is_split_joined_and_brought_back_by_keys(browser: Browser, text: Text) -> None:
    before = len(text.segments())
    async with opened(browser, text.editor) as page:
        rows = page.locator(".cue")
        await put_caret(page, "Nobody", "what")
        await page.keyboard.press("Enter")
        await expect(rows).to_have_count(before + 1, timeout=SAVED_MS)
        await expect(page.locator(".said:focus")).to_have_text(re.compile("^what was in"))
        await page.keyboard.press("Backspace")
        await expect(rows).to_have_count(before, timeout=SAVED_MS)
        await expect(page.locator(".said:focus")).to_have_text(re.compile("^Nobody .* box"))
        await page.keyboard.press("Control+z")
        await expect(rows).to_have_count(before + 1, timeout=SAVED_MS)
        await page.keyboard.press("Control+z")
        await expect(rows).to_have_count(before, timeout=SAVED_MS)
        await page.keyboard.press("Control+Shift+z")
        await expect(rows).to_have_count(before + 1, timeout=SAVED_MS)
        assert "\nwhat was in" in text.subtitles()
        await page.keyboard.press("Control+z")
        await expect(rows).to_have_count(before, timeout=SAVED_MS)
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_be_visible()


async def test_the_edges_of_a_cue_are_moved_by_keys_and_by_mouse(browser: Browser, text: Text) -> None:
    async with opened(browser, text.editor) as page:
        await said(page, "dentist").or_(said(page, "florist")).click()
        start = page.get_by_role("slider", name="Beginning of the cue")
        end = page.get_by_role("slider", name="End of the cue")
        before = text.segments()[0]
        await start.focus()
        for _ in range(4):
            await page.keyboard.press("ArrowRight")
        await saved(page)
        moved = text.segments()[0]
        assert moved["start_seconds"] == pytest.approx(before["start_seconds"] + 0.2, abs=0.002)
        box = await end.bounding_box()
        assert box is not None
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        await page.mouse.move(*middle)
        await page.mouse.down()
        await page.mouse.move(middle[0] - 60, middle[1], steps=5)
        await page.mouse.up()
        await saved(page)
        assert text.segments()[0]["end_seconds"] < before["end_seconds"] - 0.1


async def test_a_cue_that_is_too_much_is_told_while_one_types(browser: Browser, text: Text) -> None:
    async with opened(browser, text.editor) as page:
        cue = page.locator(".cue").nth(2)
        await expect(cue.locator(".faults")).to_be_hidden()
        await cue.locator(".said").click()
        await page.keyboard.press("End")
        await page.keyboard.type(" and many more words than anybody can read in so short a time" * 3)
        await expect(cue.locator(".faults")).to_contain_text("lines, 2 fit")
        await expect(cue.locator(".faults")).to_contain_text("characters a second, 20 can be read")


async def test_what_the_server_refuses_stays_told_and_keeps_the_page(browser: Browser, text: Text) -> None:
    refused = {"type": "/problems/impossible-edit", "detail": "no"}
    async with opened(browser, text.editor) as page:
        await page.route("**/revisions", lambda route: route.fulfill(status=422, json=refused))
        await said(page, "attic").click()
        await page.keyboard.press("End")
        await page.keyboard.type(" Perhaps")
        told = page.locator(".saving[data-state=refused]")
        await expect(told).to_have_text("Not saved: no", timeout=SAVED_MS)
        downloads: list[Download] = []

        def keep(download: Download) -> None:
            # Playwright marks its listeners, which a method of a list does not allow.
            downloads.append(download)

        page.on("download", keep)
        await page.click("summary:has-text('Take it with you')")
        await page.click("text=Subtitles (SRT)")
        await page.click(".who")
        await page.keyboard.type("Ida")
        # Longer than it waits before it saves.
        await page.wait_for_timeout(1500)
        await expect(told).to_be_attached()
        await expect(page.locator(".who")).to_have_value(re.compile("Ida"))
        assert downloads == []
        async with page.expect_event("dialog") as coming:
            await page.close(run_before_unload=True)
        dialog = await coming.value
        assert dialog.type == "beforeunload"
        await dialog.dismiss()


@asynccontextmanager
async def held_back(page: Page) -> AsyncIterator[None]:
    """What is done meanwhile is sent at once."""
    await page.route("**/revisions", lambda route: route.fulfill(status=429))
    yield
    await expect(page.locator(".saving[data-state=failed]")).to_be_attached(timeout=SAVED_MS)
    await page.unroute("**/revisions")


async def test_of_cues_that_are_sent_at_once_the_faulty_one_alone_is_refused(
    browser: Browser, text: Text
) -> None:
    first, second, third = text.segments()[:3]
    async with opened(browser, text.editor) as page:
        cues = {one["id"]: page.locator(f"[id='cue-{one['id']}'] .said") for one in (first, second, third)}
        async with held_back(page):
            await cues[first["id"]].fill("Before it.")
            # Not empty, and nothing that anybody could read.
            await cues[second["id"]].fill("\u200b")
            await cues[third["id"]].fill("Behind it.")
        await expect(page.locator(".saving[data-state=refused]")).to_be_attached(timeout=SAVED_MS)
        assert [one["text"] for one in text.segments()[:3]] == ["Before it.", second["text"], "Behind it."]
        await cues[first["id"]].fill(first["text"])
        await expect(page.locator(".saving")).to_have_attribute("data-state", "typing")
        await expect(page.locator(".saving[data-state=refused]")).to_be_attached(timeout=SAVED_MS)
        assert text.segments()[0]["text"] == first["text"]
        await cues[second["id"]].fill(second["text"])
        await cues[third["id"]].fill(third["text"])
        await saved(page)


async def test_the_border_between_two_cues_is_moved_later(browser: Browser, text: Text) -> None:
    async with opened(browser, text.editor) as page:
        before, behind = text.segments()[1:3]
        async with held_back(page):
            await page.locator(f"[id='cue-{behind['id']}'] .said").click()
            await page.get_by_role("slider", name="Beginning of the cue").focus()
            await page.keyboard.press("PageUp")
            await page.locator(f"[id='cue-{before['id']}'] .said").click()
            await page.get_by_role("slider", name="End of the cue").focus()
            for _ in range(20):
                await page.keyboard.press("PageUp")
        await saved(page)
        border = pytest.approx(behind["start_seconds"] + 0.5, abs=0.002)
        moved, next_one = text.segments()[1:3]
        assert (moved["end_seconds"], next_one["start_seconds"]) == (border, border)


_PLAYS = """(cue) => {
  const video = document.querySelector("video");
  video.muted = true;
  video.currentTime = Number(cue.dataset.start) / 1000 + 0.05;
  return video.play();
}"""


async def test_what_is_heard_takes_nobody_from_an_edge_or_a_name(browser: Browser, text: Text) -> None:
    async with opened(browser, text.editor) as page:
        rows = page.locator(".cue")
        await rows.first.locator(".said").click()
        end, who = page.get_by_role("slider", name="End of the cue"), page.locator(".who")
        for place, heard in ((end, rows.nth(1)), (who, rows.nth(2))):
            await place.focus()
            if place is who:
                await page.keyboard.type("Ida")
            await heard.evaluate(_PLAYS)
            await expect(heard).to_have_class(re.compile("heard"), timeout=SAVED_MS)
            await expect(rows.first).to_have_attribute("aria-current", "true")
        await expect(who).to_have_value("Ida")
        await page.evaluate("document.querySelector('video').pause()")
        await page.keyboard.press("Escape")
        await who.fill("")


async def may_leave(page: Page) -> bool:
    """Whether the page lets one go without a question."""
    asked = "dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    return bool(await page.evaluate(asked))


async def test_nothing_is_called_saved_while_a_choice_is_to_be_made(browser: Browser, text: Text) -> None:
    cue = text.segments()[-1]["id"]
    async with opened(browser, text.editor) as one, opened(browser, text.editor) as other:
        mine, theirs = (page.locator(f"[id='cue-{cue}']") for page in (one, other))
        told = other.locator(".saving")
        async with held_back(other):
            await theirs.locator(".said").fill("We write here")
            await mine.locator(".said").fill("They write here")
            await saved(one)
        await expect(theirs.locator(".other blockquote")).to_have_text("They write here", timeout=SAVED_MS)
        await expect(told).to_have_attribute("data-state", "choose", timeout=SAVED_MS)
        await theirs.locator(".said").press("End")
        await other.keyboard.type(" and there")
        await expect(told).to_have_attribute("data-state", "typing")
        await expect(told).to_have_attribute("data-state", "choose", timeout=SAVED_MS)
        assert not await may_leave(other)
        # Nor is the choice made by what is written beside the place.
        now = "Today They write here"
        await mine.locator(".said").fill(now)
        await expect(theirs.locator(".other blockquote")).to_have_text(now, timeout=SAVED_MS)
        await expect(theirs.locator(".said")).to_have_text("We write here and there")
        await theirs.get_by_role("button", name="Take theirs").click()
        await saved(other)
        assert await may_leave(other)
        assert text.segments()[-1]["text"] == now


async def test_what_was_written_in_a_cue_that_is_gone_is_not_called_saved(
    browser: Browser, text: Text
) -> None:
    before = len(text.segments())
    cue = text.segments()[-1]["id"]
    async with opened(browser, text.editor) as one, opened(browser, text.editor) as other:
        await other.route("**/revisions", lambda route: route.fulfill(status=429))
        await other.locator(f"[id='cue-{cue}'] .said").fill("Nobody is to lose this.")
        await expect(other.locator(".saving[data-state=failed]")).to_be_attached(timeout=SAVED_MS)
        last = one.locator(f"[id='cue-{cue}'] .said")
        await last.click()
        await last.evaluate("(said) => getSelection().collapse(said.firstChild, 0)")
        await one.keyboard.press("Backspace")
        await expect(one.locator(".cue")).to_have_count(before - 1, timeout=SAVED_MS)
        lost = other.locator(".cue.lost")
        await expect(lost).to_contain_text("Nobody is to lose this.", timeout=SAVED_MS)
        await expect(other.locator(".saving")).to_have_attribute("data-state", "choose", timeout=SAVED_MS)
        assert not await may_leave(other)
        await lost.get_by_role("button", name="Discard").click()
        await saved(other)
        assert await may_leave(other)
        await one.keyboard.press("Control+z")
        await expect(one.locator(".cue")).to_have_count(before, timeout=SAVED_MS)


async def test_enter_in_the_field_shows_one_place_after_the_other(browser: Browser, text: Text) -> None:
    before = len(text.segments())
    places = sum(one["text"].lower().count("e") for one in text.segments())
    async with opened(browser, text.editor) as page:
        await page.locator(".said").first.click()
        await page.keyboard.press("Control+h")
        await page.keyboard.type("e")
        for number in range(1, 4):
            await page.keyboard.press("Enter")
            await expect(page.locator(".hits")).to_have_text(f"{number} of {places}")
            await expect(page.locator("#find")).to_be_focused()
        marked = "[...CSS.highlights.get('found')].map(String).join().toLowerCase()"
        assert await page.evaluate(marked) == "e"
        assert len(text.segments()) == before
        await page.keyboard.press("Escape")
        await expect(page.locator(".said:focus")).to_have_count(1)
        assert (await page.evaluate("String(getSelection())")).lower() == "e"
        assert await page.evaluate(marked) == ""


async def test_a_cue_of_one_word_is_not_said_to_have_changed(browser: Browser, text: Text) -> None:
    words = text.segments()[1]["text"]
    async with opened(browser, text.editor) as page:
        cue = page.locator(".cue").nth(1).locator(".said")
        await cue.fill("Unbelievable")
        await saved(page)
        await cue.evaluate("(said) => getSelection().collapse(said.firstChild, 5)")
        await page.keyboard.press("Enter")
        await expect(page.locator("s-toasts div")).to_have_text("Put the cursor between two words first.")
        await cue.fill(words)
        await saved(page)


async def test_an_undo_without_a_line_is_not_said_to_come_too_late(browser: Browser, text: Text) -> None:
    async with opened(browser, text.editor) as page:
        cue = page.locator(".said").first
        words = await cue.inner_text()
        async with held_back(page):
            await cue.press("End")
            await page.keyboard.type(" Soon")
            await page.keyboard.press("Control+z")
            await expect(page.locator(".saving[data-state=failed]")).to_be_attached(timeout=SAVED_MS)
            # Longer than it tries twice.
            await page.wait_for_timeout(1500)
            assert await page.locator("s-toasts div").count() == 0
        await saved(page)
        await cue.fill(words)
        await saved(page)


async def test_an_edit_from_before_the_page_was_opened_is_not_taken_back_unasked(
    browser: Browser, text: Text
) -> None:
    async def of_ada(route: Route) -> None:
        answer = await route.fetch()
        page = (await answer.text()).replace('data-author=""', 'data-author="Ada"')
        await route.fulfill(response=answer, body=page)

    before = text.segments()
    async with opened(browser, "about:blank") as page:
        await page.route("**/edit", of_ada)
        await page.goto(text.editor)
        await page.locator(".said").first.click()
        await page.keyboard.press("Control+z")
        await expect(page.get_by_role("dialog")).to_contain_text("The newest edit is by Ada.")
        await page.get_by_role("button", name="No, leave it").click()
        await expect(page.get_by_role("dialog")).to_be_hidden()
    assert text.segments() == before


_SENDS_TWICE = """async (form) => {
  const send = () => fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  return (await Promise.all([send(), send()])).map((answer) => answer.url);
}"""


async def test_a_video_is_made_once_however_often_the_button_is_pressed(browser: Browser, text: Text) -> None:
    async with opened(browser, text.editor) as page:
        first, again = await page.locator("form[action$='/video']").evaluate(_SENDS_TWICE)
    assert "/app/recordings/" in first
    assert first == again


_BEGINS_AT_THE_RIGHT = """(said) => {
  const walk = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walk.nextNode()) nodes.push(walk.currentNode);
  const left = (node, place) => {
    const range = document.createRange();
    range.setStart(node, place);
    range.setEnd(node, place + 1);
    return range.getBoundingClientRect().left;
  };
  const box = said.parentElement.getBoundingClientRect();
  const first = left(nodes[0], 0);
  return left(nodes.at(-1), nodes.at(-1).length - 1) < first && first > (box.left + box.right) / 2;
}"""


async def test_a_text_from_right_to_left_reads_in_its_own_direction(browser: Browser, text: Text) -> None:
    words = text.segments()[0]["text"]
    hebrew = "שלום Surtitle עולם."
    async with opened(browser, text.editor) as page:
        cue = page.locator(".cue").first.locator(".said")
        await cue.fill(hebrew)
        await saved(page)
        assert await cue.evaluate(_BEGINS_AT_THE_RIGHT)
        await page.goto(text.editor.removesuffix("/edit"))
        assert await page.locator(".said", has_text="Surtitle").evaluate(_BEGINS_AT_THE_RIGHT)
        await page.goto(text.editor)
        await cue.fill(words)
        await saved(page)
        assert await page.get_attribute("#find", "dir") == "auto"
