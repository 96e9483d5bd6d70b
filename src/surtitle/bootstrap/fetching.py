"""Recordings fetched from a URL: what the surfaces ask, and the worker's hand in it."""

from dataclasses import dataclass

from surtitle.bootstrap.accounts import AccountParts
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.media.fetching.fetcher import Fetcher
from surtitle.media.fetching.service import Fetches
from surtitle.media.service import MediaService
from surtitle.outgoing.client import Outgoing


@dataclass(frozen=True, slots=True)
class FetchParts:
    """One process's."""

    service: Fetches
    fetcher: Fetcher


def open_fetching(
    settings: Settings, database: Database, media: MediaService, accounts: AccountParts, outgoing: Outgoing
) -> FetchParts:
    """The parts over `database`. Starts nothing."""
    return FetchParts(
        service=Fetches(database, accounts.secrets, outgoing, settings.fetch, settings.outgoing),
        fetcher=Fetcher(database, media, accounts.secrets, outgoing, settings),
    )
