"""The worker's hand in fetches: claims them, brings the bytes, makes recordings of them."""

import asyncio
import logging
import random
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.secrets import Secrets
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.db.fetch_models import Fetch
from surtitle.db.models import Media
from surtitle.errors import Busy, SurtitleError
from surtitle.media.errors import MediaNotFound
from surtitle.media.fetching.claims import BEAT_SECONDS, LEASE_SECONDS, Claim, Claims
from surtitle.media.fetching.download import Allowance, Download
from surtitle.media.fetching.errors import FetchEnded, ServerBusy
from surtitle.media.fetching.part_file import PartFile, PartFiles
from surtitle.media.fetching.service import SEALED_AS
from surtitle.media.fetching.sites import SiteDownload
from surtitle.media.names import safe_name
from surtitle.media.service import MediaService
from surtitle.outgoing.client import Outgoing

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
_SWEEP_SECONDS = 600.0
_FIRST_WAIT_SECONDS = 5.0
_LONGEST_WAIT_SECONDS = 300.0


class _Tally:
    """How far a fetch has come, told to the database now and then."""

    def __init__(self, claim: Claim) -> None:
        self.received = claim.received_bytes
        self.total: int | None = None
        self.moved = False
        self._began = time.monotonic()
        self._spent = claim.spent_seconds

    def __call__(self, received: int, total: int | None) -> None:
        self.moved = self.moved or received > self.received
        self.received, self.total = received, total

    @property
    def spent_seconds(self) -> float:
        return self._spent + time.monotonic() - self._began


class Fetcher:
    """Does what is due, in one process of perhaps many."""

    def __init__(
        self,
        database: Database,
        media: MediaService,
        secrets: Secrets,
        outgoing: Outgoing,
        settings: Settings,
    ) -> None:
        self._database = database
        self._media = media
        self._secrets = secrets
        self._outgoing = outgoing
        self._settings = settings
        self._files = PartFiles(settings.scratch_directory / "fetches")
        self.claims = Claims(database, settings.fetch)

    async def run(self) -> None:
        """Look after them until cancelled. What is cut off goes on where it was, here or elsewhere."""
        busy: set[asyncio.Task[None]] = set()
        swept = float("-inf")
        try:
            while True:
                if time.monotonic() - swept > _SWEEP_SECONDS:
                    swept = time.monotonic()
                    await _guarded("clear up after fetches", self.sweep())
                await _guarded("see which fetches are due", self._begin(busy))
                await asyncio.sleep(_POLL_SECONDS * random.uniform(0.7, 1.3))  # noqa: S311
        finally:
            for task in busy:
                task.cancel()
            await asyncio.gather(*busy, return_exceptions=True)

    async def fetch_due(self) -> int:
        """Try all that is due, one after another; how many there were."""
        count = 0
        while (claim := await self.claims.next()) is not None:
            await self.fetch(claim)
            count += 1
        return count

    async def fetch(self, claim: Claim) -> None:
        """One try, and what follows from it."""
        tally = _Tally(claim)
        part = self._files.of(claim.fetch_id)
        bringing = asyncio.create_task(self._bring(claim, part, tally))
        beating = asyncio.create_task(self._beat(claim, tally))
        try:
            await asyncio.wait({bringing, beating}, return_when=asyncio.FIRST_COMPLETED)
            if not bringing.done():
                await _ended(bringing)
                if beating.result():
                    # Cancelled by its owner, or another worker has it.
                    await asyncio.to_thread(part.remove)
                return
            await _ended(beating)
            await self._settle(claim, tally, part, bringing)
        finally:
            await asyncio.gather(_ended(bringing), _ended(beating))

    async def sweep(self) -> int:
        """Remove what ended or forgotten fetches have left on this machine; how many."""
        removed = 0
        for fetch_id in await asyncio.to_thread(self._files.ids):
            async with self._database.reading() as session:
                unfinished = await session.scalar(
                    select(Fetch.id).where(Fetch.id == fetch_id, Fetch.finished_at.is_(None))
                )
            if unfinished is None:
                await asyncio.to_thread(self._files.of(fetch_id).remove)
                removed += 1
        return removed

    async def _begin(self, busy: set[asyncio.Task[None]]) -> None:
        most = self._settings.fetch.at_once
        if len(busy) >= most or not await self.claims.any():
            return
        while len(busy) < most and (claim := await self.claims.next()) is not None:
            task = asyncio.create_task(_guarded(f"go on with fetch {claim.fetch_id}", self.fetch(claim)))
            busy.add(task)
            task.add_done_callback(busy.discard)

    async def _bring(self, claim: Claim, part: PartFile, tally: _Tally) -> None:
        url = self._secrets.opened(SEALED_AS, claim.url_sealed)
        room = await self._media.storage_room(claim.project_id)
        left = max(self._settings.fetch.seconds - claim.spent_seconds, 1.0)
        allowance = Allowance(self._settings.limits, room, left, self._settings.fetch.redirects)
        with part.locked():
            kind = SiteDownload if claim.from_site else Download
            name = await kind(self._outgoing, part, allowance, tally).run(url)

            async def also_write(session: AsyncSession, media: Media) -> None:
                await self.claims.succeed(session, claim, media)

            path: Path = part.path
            await self._media.receive_file(
                claim.project_id, claim.name or safe_name(name), path, also_write, claim.created_by
            )
        await asyncio.to_thread(part.remove)

    async def _beat(self, claim: Claim, tally: _Tally) -> bool:
        """Until the fetch is known to be ours no more; False: it could not be known in time whether it is."""
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                async with asyncio.timeout(LEASE_SECONDS / 3):
                    if not await self.claims.beat(claim, tally.received, tally.total, tally.spent_seconds):
                        return True
                renewed = time.monotonic()
            except (SQLAlchemyError, SurtitleError, OSError) as error:
                log.warning("could not renew the lease of fetch %s: %s", claim.fetch_id, error)
                if time.monotonic() - renewed > LEASE_SECONDS / 2:
                    return False

    async def _settle(
        self, claim: Claim, tally: _Tally, part: PartFile, bringing: asyncio.Task[None]
    ) -> None:
        error = bringing.exception()
        if error is None:
            return
        if isinstance(error, FetchEnded | MediaNotFound):
            await asyncio.to_thread(part.remove)
            return
        if not isinstance(error, SurtitleError | SQLAlchemyError | OSError):
            log.error("fetch %s failed in a way that nobody foresaw", claim.fetch_id, exc_info=error)
        await self.claims.beat(claim, tally.received, tally.total, tally.spent_seconds)
        if isinstance(error, Busy) and not tally.moved:
            # Another process on this machine has its files for a moment longer.
            await self.claims.put_off(claim, claim.tries, _FIRST_WAIT_SECONDS)
            return
        tries = 1 if tally.moved else claim.tries + 1
        over = tally.spent_seconds >= self._settings.fetch.seconds
        if _may_pass(error) and tries < self._settings.fetch.tries and not over:
            await self.claims.put_off(claim, tries, _wait_seconds(error, tries))
            return
        await self.claims.fail(claim, *_told(error))
        await asyncio.to_thread(part.remove)


async def _guarded(what: str, work: Coroutine[Any, Any, object]) -> None:
    """One fault must not end all fetches."""
    try:
        await work
    except (SQLAlchemyError, SurtitleError, OSError) as error:
        log.warning("could not %s, which is tried again: %s", what, error)
    except Exception:
        log.exception("could not %s, in a way that nobody foresaw", what)


async def _ended(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _may_pass(error: BaseException) -> bool:
    return not isinstance(error, SurtitleError) or error.passing


def _wait_seconds(error: BaseException, tries: int) -> float:
    wait: float = min(_FIRST_WAIT_SECONDS * 3 ** (tries - 1), _LONGEST_WAIT_SECONDS)
    wait *= random.uniform(0.8, 1.2)  # noqa: S311
    asked = error.wait_seconds if isinstance(error, ServerBusy) else None
    return max(wait, asked or 0.0)


def _told(error: BaseException) -> tuple[str, str]:
    """Kind and words for the caller; of what nobody foresaw, the log has the details."""
    if isinstance(error, SurtitleError):
        return error.slug, error.message
    return "internal", "Something failed that should not. Whoever runs the installation finds it in the log."
