"""What takes long and was asked for on a page: done in the background of this server, looked at meanwhile."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from surtitle.clock import utc_now
from surtitle.errors import SurtitleError

log = logging.getLogger(__name__)

T = TypeVar("T")
Progress = Callable[[int, int, str], None]
"""Told how much of how much is done, and of what."""


@dataclass(slots=True)
class Errand:
    """One thing that was asked for. `outcome` is there once it ended well, `problem` says why it did not."""

    name: str
    began_at: datetime = field(default_factory=utc_now)
    ended_at: datetime | None = None
    done: int = 0
    total: int = 0
    what: str = ""
    outcome: Any = None
    problem: str = ""

    @property
    def is_under_way(self) -> bool:
        return self.ended_at is None

    def progress(self, done: int, total: int, what: str) -> None:
        self.done, self.total, self.what = done, total, what


Act = Callable[[Errand], Awaitable[object]]


class Errands:
    """One of each name at a time: who asks for what is under way is shown that. They are this process's, and
    forgotten with it.
    """

    def __init__(self) -> None:
        self._known: dict[str, Errand] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, name: str, act: Act) -> Errand:
        """Begin it, unless it is under way."""
        known = self._known.get(name)
        if known is not None and known.is_under_way:
            return known
        errand = self._known[name] = Errand(name)
        task = asyncio.create_task(self._run(errand, act))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return errand

    def last(self, name: str) -> Errand | None:
        """The one of that name that was begun last here."""
        return self._known.get(name)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, errand: Errand, act: Act) -> None:
        try:
            errand.outcome = await act(errand)
        except SurtitleError as error:
            errand.problem = error.message
        except Exception as error:
            log.exception("%s failed in a way that nobody foresaw", errand.name)
            errand.problem = f"It failed ({type(error).__name__}). The log says more."
        finally:
            errand.ended_at = utc_now()


class _GivenUp(Exception):
    """Raised into what works in a thread, where it tells of its progress."""


async def in_thread(act: Callable[[Progress], T], errand: Errand) -> T:
    """Run it in a thread that a server which stops does not wait for. When the caller is cancelled, it ends
    where it next tells how far it is.
    """
    loop, given_up = asyncio.get_running_loop(), threading.Event()
    ended: asyncio.Future[T] = loop.create_future()

    def tell(done: int, total: int, what: str) -> None:
        if given_up.is_set():
            raise _GivenUp
        errand.progress(done, total, what)

    def settle(result: T | None, error: BaseException | None) -> None:
        if ended.done():
            return
        if error is not None:
            ended.set_exception(error)
        else:
            ended.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, fault = None, None
        try:
            result = act(tell)
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            fault = error
        with suppress(RuntimeError):
            # The loop may be closed: nobody waits for it any more.
            loop.call_soon_threadsafe(settle, result, fault)

    threading.Thread(target=run, name=errand.name, daemon=True).start()
    try:
        return await ended
    finally:
        given_up.set()
