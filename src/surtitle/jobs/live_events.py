"""Live events: one reader a process, however many people listen and to however many jobs.

reader ── looks at all jobs that are listened to ── a feed for each ── its listeners, each at its own place

A listener is no more than the number of the last event that it was given. What is older than the feed it
reads from the database, for itself.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from surtitle.hub import Hub, job_topic
from surtitle.jobs.errors import JobNotFound
from surtitle.jobs.events import Event, EventLog
from surtitle.jobs.feed import Feed

log = logging.getLogger(__name__)

SLOW_AFTER_SECONDS = 10.0
"""Whoever is behind the feed for so long is slow. Much may come at once without anybody's fault, as when
parts that other workers heard are joined.
"""

_JOBS_AT_ONCE = 100
_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Step:
    """What a listener is given next."""

    events: Sequence[Event]
    read_to: int
    is_last: bool = False


class LiveEvents:
    """Follows jobs for all who listen in this process."""

    def __init__(self, events: EventLog, hub: Hub, slow_after_seconds: float = SLOW_AFTER_SECONDS) -> None:
        self._events = events
        self._hub = hub
        self._slow_after_seconds = slow_after_seconds
        self._feeds: dict[UUID, Feed] = {}
        self._subscriptions: dict[UUID, ExitStack] = {}
        self._stirred: set[UUID] = set()
        self._stir = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._is_blind = False
        self._looked_at_all = 0.0

    async def follow(self, job_id: UUID, after: int, *, drop_slow: bool) -> AsyncGenerator[Event, None]:
        """Every event above `after`, the past first, until the job has ended and all is told.

        With `drop_slow` the stream of a listener that stays behind ends early: it comes back, and says how
        far it got. Without, it goes on from the database. Raises `JobNotFound` when the job is deleted.
        """
        with self._listening(job_id) as feed:
            clock = asyncio.get_running_loop().time
            live, on_time_at = False, clock()
            while feed.reaches(after) or not (live and drop_slow and self._is_slow(clock() - on_time_at)):
                if feed.reaches(after):
                    live, on_time_at = True, clock()
                step = await self._next(job_id, feed, after)
                for event in step.events:
                    yield event
                if step.is_last:
                    return
                after = max(after, step.read_to)
            log.info("a listener to job %s reads too slowly, and is dropped at event %d", job_id, after)

    def _is_slow(self, behind_seconds: float) -> bool:
        return behind_seconds >= self._slow_after_seconds

    async def _next(self, job_id: UUID, feed: Feed, after: int) -> "_Step":
        if not feed.reaches(after):
            past = await self._events.since(job_id, after)
            if past.complete and feed.begin(past.read_to):
                self._stir_up(job_id)
            return _Step(past.events, past.read_to, is_last=past.complete and past.state.finished)
        if events := feed.after(after):
            return _Step(events, events[-1].number)
        if not feed.ended:
            await feed.news()
            return _Step((), after)
        feed.raise_error()
        return _Step((), after, is_last=True)

    # Listeners

    @contextmanager
    def _listening(self, job_id: UUID) -> Iterator[Feed]:
        feed = self._feeds.get(job_id) or self._open(job_id)
        feed.listeners += 1
        try:
            yield feed
        finally:
            feed.listeners -= 1
            if not feed.listeners:
                self._close(job_id, feed)

    def _open(self, job_id: UUID) -> Feed:
        feed = self._feeds[job_id] = Feed()
        self._subscriptions[job_id] = subscription = ExitStack()
        subscription.enter_context(self._hub.on_wake(job_topic(job_id), partial(self._stir_up, job_id)))
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
            self._reader.add_done_callback(self._reader_ended)
        return feed

    def _close(self, job_id: UUID, feed: Feed) -> None:
        if self._feeds.get(job_id) is feed:
            del self._feeds[job_id]
            self._subscriptions.pop(job_id).close()
            # The reader ends when there is nothing left to look at.
            self._stir.set()

    def _end(self, job_id: UUID, feed: Feed, error: BaseException | None = None) -> None:
        """Whoever comes from now on gets a feed of its own: the job may be run again."""
        feed.end(error)
        self._close(job_id, feed)

    def _stir_up(self, job_id: UUID) -> None:
        self._stirred.add(job_id)
        self._stir.set()

    # The reader

    async def _read(self) -> None:
        self._looked_at_all = asyncio.get_running_loop().time()
        while self._feeds:
            self._stir.clear()
            stirred, self._stirred = self._stirred & self._feeds.keys(), set()
            try:
                await self._look_at({job_id: self._feeds[job_id] for job_id in stirred})
            except (SQLAlchemyError, OSError) as error:
                if not self._is_blind:
                    log.warning("cannot look for events, and tries again every second: %s", error)
                self._is_blind = True
                self._stirred |= stirred
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                self._is_blind = False
                await self._wait()
        self._reader = None

    async def _wait(self) -> None:
        # From the last look at all, not from now: a job with much news would keep the others waiting for
        # ever, and those may be ones of which no hint comes.
        next_full_look = self._looked_at_all + self._hub.patience_seconds
        with suppress(TimeoutError):
            async with asyncio.timeout_at(next_full_look):
                await self._stir.wait()
        now = asyncio.get_running_loop().time()
        if now >= next_full_look:
            self._stirred |= self._feeds.keys()
            self._looked_at_all = now

    def _reader_ended(self, reader: asyncio.Task[None]) -> None:
        """It never should while somebody listens; if it does, nobody waits in vain."""
        if self._reader is reader:
            self._reader = None
        if not reader.cancelled() and (error := reader.exception()) is not None:
            for job_id, feed in list(self._feeds.items()):
                self._end(job_id, feed, error)

    async def _look_at(self, feeds: Mapping[UUID, Feed]) -> None:
        looked_at = [job_id for job_id, feed in feeds.items() if feed.read_to is not None]
        for begin in range(0, len(looked_at), _JOBS_AT_ONCE):
            await self._bring_news({job_id: feeds[job_id] for job_id in looked_at[begin:][:_JOBS_AT_ONCE]})

    async def _bring_news(self, feeds: Mapping[UUID, Feed]) -> None:
        heads = await self._events.heads(feeds.keys())
        for job_id in feeds.keys() - heads.keys():
            self._end(job_id, feeds[job_id], JobNotFound(job_id))
        behind = {
            job_id: feed.read_to or 0
            for job_id, feed in feeds.items()
            if job_id in heads and heads[job_id].last_event > (feed.read_to or 0)
        }
        while behind:
            newer = await self._events.newer(behind)
            for job_id, its in groupby(newer.events, itemgetter(0)):
                feeds[job_id].add([event for _, event in its])
                behind[job_id] = feeds[job_id].read_to or 0
            if newer.complete:
                break
        for job_id, head in heads.items():
            if head.state.finished:
                self._end(job_id, feeds[job_id])
