"""Recordings from pages, by the real yt-dlp behind the guard's proxy."""

import pytest
from tests.fakes.web_server import response
from tests.media.fetching.conftest import TALK, Fetching

from surtitle.accounts.secrets import Secrets
from surtitle.config import FetchSettings, OutgoingSettings
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.media.fetching.errors import SitesOff
from surtitle.media.fetching.service import Fetches, FetchWish
from surtitle.media.fetching.states import FetchState
from surtitle.outgoing.client import Outgoing


def page(source: str) -> bytes:
    html = f"<html><head><title>The talk</title></head><body><video src='{source}'></video></body></html>"
    return response(200, html.encode(), Content_Type="text/html")


async def test_what_a_page_shows_is_brought_through_the_guard(fetching: Fetching) -> None:
    fetching.server.replies["/page"] = page("/files/talk.wav")
    fetching.server.replies["/files/talk.wav"] = response(200, TALK, Content_Type="audio/wav")
    await fetching.ask("/page", from_site=True)
    await fetching.fetcher.fetch_due()
    row = await fetching.row()
    assert row.state == FetchState.SUCCEEDED, row.error
    (media,) = await fetching.brought()
    assert media.name == "The talk (1).wav", "as yt-dlp counts what a page shows"
    assert await fetching.content(media) == TALK
    assert fetching.left() == []
    # The proxy asks for one thing a connection.
    assert {request.headers["connection"] for request in fetching.server.received} == {"close"}


async def test_a_page_that_leads_inside_is_refused(fetching: Fetching) -> None:
    fetching.server.replies["/page"] = page("http://10.0.0.1/inner.mp4")
    await fetching.ask("/page", from_site=True)
    await fetching.fetcher.fetch_due()
    row = await fetching.row()
    assert (row.state, row.error_kind) == (FetchState.FAILED, "target-refused"), row.error


async def test_a_page_without_a_recording_says_so_and_tells_no_address(fetching: Fetching) -> None:
    fetching.server.replies["/page"] = response(200, b"<html>nothing</html>", Content_Type="text/html")
    await fetching.ask("/page?token=secret", from_site=True)
    await fetching.fetcher.fetch_due()
    row = await fetching.row()
    assert (row.state, row.error_kind) == (FetchState.FAILED, "fetch-no-recording")
    assert row.error is not None
    assert "secret" not in row.error


@pytest.mark.parametrize(
    ("sites", "proxy", "why"),
    [(False, None, "SURTITLE_FETCH__SITES"), (True, "http://proxy.example:3128", "behind a proxy")],
)
async def test_it_is_used_only_where_the_installation_allows_it(
    sites: bool, proxy: str | None, why: str, database: Database
) -> None:
    way_out = OutgoingSettings.model_validate({"proxy": proxy})
    service = Fetches(database, Secrets(b"s" * 32), Outgoing(way_out), FetchSettings(sites=sites), way_out)
    with pytest.raises(SitesOff, match=why):
        await service.create(PERSONAL_PROJECT, FetchWish("https://videos.example/watch", from_site=True))
