"""A file of a recording, given to others by a link."""

import re
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
from tests.api.installation import Installation
from tests.web.browsing import form_to, forms_of, send

from surtitle.accounts.links import MOST_SECONDS


async def shared(api: Installation, **wish: str) -> tuple[str, httpx.Response]:
    """A job's page, and the answer to the form for this file and this time."""
    job = await api.start("subtitles")
    await api.finish()
    here = f"/app/recordings/{job['id']}"
    page = (await api.client.get(here)).text
    return page, await send(api, form_to(page, f"{here}/links"), **wish)


def link_in(page: str) -> str:
    found = re.search(r'id="link"[^>]* value="([^"]+)"', page)
    assert found is not None
    return unescape(found[1])


async def test_a_link_is_shown_once_and_opens_the_file_for_anybody(home: Installation) -> None:
    _, answer = await shared(home, file="subtitles.srt", seconds="3600")
    assert answer.status_code == 200
    assert "readonly" in answer.text
    link = link_in(answer.text)
    assert link.startswith("http://localhost/files/")
    async with home.served() as anybody:
        file = await anybody.get(link.removeprefix("http://localhost"))
    assert file.status_code == 200
    assert "-->" in file.text
    here = urlsplit(str(answer.url)).path.removesuffix("/links")
    assert 'id="link"' not in (await home.client.get(here)).text


async def test_the_recording_can_be_shared_too(home: Installation) -> None:
    _, answer = await shared(home, file="recording", seconds=str(MOST_SECONDS))
    async with home.served() as anybody:
        file = await anybody.get(link_in(answer.text).removeprefix("http://localhost"))
    assert file.headers["content-type"].startswith("audio/")


async def test_files_for_programs_are_not_offered(home: Installation) -> None:
    page, _ = await shared(home, file="subtitles.srt")
    assert '<option value="subtitles.srt"' in page
    assert '<option value="recording"' in page
    assert '<option value="cues.json"' not in page


@pytest.mark.parametrize("seconds", ["0", "-5", str(MOST_SECONDS + 1), "soon"])
async def test_no_link_works_for_longer_than_allowed(home: Installation, seconds: str) -> None:
    _, answer = await shared(home, file="subtitles.srt", seconds=seconds)
    assert answer.status_code == 422
    assert 'id="link"' not in answer.text


async def test_a_file_that_is_not_there_is_told_beside_the_form(home: Installation) -> None:
    _, answer = await shared(home, file="<script>alert(1)</script>")
    assert answer.status_code == 404
    assert "There is no such file any more." in answer.text
    assert "<script>alert" not in answer.text
    assert any(one.action.partition("#")[0].endswith("/links") for one in forms_of(answer.text))
