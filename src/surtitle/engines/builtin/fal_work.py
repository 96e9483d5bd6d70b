"""The requests of one film at fal: each clip asked for once, waited for, and called off."""

import contextlib
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from surtitle.domain.cloud import CloudOutcome, CloudService, CloudUnit, CloudUse
from surtitle.engines.builtin.fal_calling_off import drop_requests
from surtitle.engines.builtin.fal_ledger import Entry, Ledger
from surtitle.engines.builtin.fal_models import Asked
from surtitle.engines.builtin.fal_queue import FalQueue, Made, Ticket
from surtitle.engines.cloud import outcome_of, tell_cloud_use
from surtitle.engines.protocols import EngineCancelled, FilmControl
from surtitle.engines.video_errors import (
    AnswerLost,
    FalAway,
    FalFailed,
    FalRefusesFilm,
    FalRefusesUs,
    FalRequestLost,
    FalResultGone,
    FalTooSlow,
)
from surtitle.errors import SurtitleError

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_COMPLETED = "COMPLETED"
_LISTEN_SECONDS = 0.1
# Most models take half a minute to a few minutes; by then this much of the way is told.
_USUAL_SECONDS = 60.0
_CLIPS_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Pace:
    """How often fal is asked, and how long it is waited for.

    `unknown_seconds`: so long a request may be unknown to the queue after it was taken. `lost_seconds`: so
    long after it was sent a request without an answer is looked for.
    """

    poll_seconds: float = 2.0
    look_seconds: float = 15.0
    unknown_seconds: float = 30.0
    lost_seconds: float = 900.0
    away_seconds: float = 300.0


class FalWork:
    """One film's requests: asked for, waited for, and called off."""

    def __init__(
        self, queue: FalQueue, pace: Pace, timeout_seconds: float, control: FilmControl, model: str
    ) -> None:
        self.model = model
        self._queue = queue
        self._pace = pace
        self._timeout_seconds = timeout_seconds
        self._control = control
        self._ledger = Ledger(control.checkpoint, control.save)

    def ask(self, clip: int, asked: Asked) -> None:
        """See that the clip is under way, by one request and no more, whatever happened before."""
        entry = self._ledger[clip]
        if entry is None:
            self.stop_if_cancelled()
            self._submit(clip, asked)
        elif entry.ticket is None:
            self._find(clip, entry, asked.arguments)

    def _submit(self, clip: int, asked: Asked) -> None:
        entry = self._ledger.sending(clip, asked.endpoint, datetime.now(UTC))
        try:
            ticket = self._queue.submit(asked.endpoint, asked.arguments)
        except AnswerLost as lost:
            tell_cloud_use(CloudUse(CloudService.FAL, asked.endpoint, CloudOutcome.LOST))
            log.warning("fal's answer to a request was lost (%s); looking for it.", lost)
            self._find(clip, entry, asked.arguments)
        except SurtitleError as error:
            # It was certainly not taken.
            tell_cloud_use(CloudUse(CloudService.FAL, asked.endpoint, outcome_of(error)))
            self._ledger.forget(clip)
            raise
        else:
            tell_cloud_use(CloudUse(CloudService.FAL, asked.endpoint))
            self._ledger.sent(clip, ticket)

    def _find(self, clip: int, entry: Entry, arguments: dict[str, Any]) -> None:
        """Look for a request whose answer was lost, by what it asks for. It is listed once it has ended."""
        lost = FalRequestLost(entry.model, entry.sent_at.isoformat(timespec="seconds"))
        while True:
            with contextlib.suppress(FalAway):
                try:
                    ticket = self._queue.find(entry.model, arguments, entry.sent_at)
                except FalRefusesUs as refusal:
                    raise lost from refusal
                if ticket is not None:
                    self._ledger.sent(clip, ticket, found=True)
                    return
            if _seconds_since(entry.sent_at) > self._pace.lost_seconds:
                raise lost
            self._sleep(self._pace.look_seconds)

    def wait(self, clip: int, share: tuple[float, float]) -> Made:
        """What was made, once it is. Raises `FalFailed` when the model broke: then it may be asked again."""
        entry, ticket = self._asked(clip)
        if entry.made is not None:
            return entry.made
        try:
            self._until_completed(entry, ticket, share)
            made = self._patiently(lambda: self._queue.result(ticket))
        except FalFailed:
            self._ledger.forget(clip)
            raise
        except (FalResultGone, FalRefusesFilm, FalTooSlow) as error:
            if not entry.called_off:
                raise
            # Somebody wants the film again after all.
            self._ledger.forget(clip)
            raise FalFailed("fal has dropped the clip, as it was told to; it is asked for anew.") from error
        self._ledger.made(clip, made)
        charged = {CloudUnit.CLIPS: 1.0, CloudUnit.BILLABLE_UNITS: made.billable_units or 0.0}
        tell_cloud_use(CloudUse(CloudService.FAL, entry.model, None, charged))
        return made

    def _until_completed(self, entry: Entry, ticket: Ticket, share: tuple[float, float]) -> None:
        began = time.monotonic()
        while True:
            standing = self._patiently(lambda: self._queue.standing(ticket))
            if standing is not None and standing.state == _COMPLETED:
                return
            waited = _seconds_since(entry.sent_at)
            if standing is None and waited > self._pace.unknown_seconds:
                raise FalResultGone(ticket.model, ticket.request_id)
            if waited > self._timeout_seconds:
                raise FalTooSlow(ticket.model, self._timeout_seconds)
            # Nobody tells how far a model is.
            done = 1 - math.exp(-(time.monotonic() - began) / _USUAL_SECONDS)
            self._control.progress(_CLIPS_SHARE * (share[0] + done * (share[1] - share[0])))
            self._sleep(self._pace.poll_seconds)

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        """The answer, though fal is away for a while: what was asked of it goes on there."""
        until = time.monotonic() + self._pace.away_seconds
        while True:
            try:
                return ask()
            except FalAway:
                if time.monotonic() > until:
                    raise
            self._sleep(self._pace.poll_seconds)

    def call_off(self) -> None:
        """Tell fal that nothing of this film is wanted any more."""
        drop_requests(self._queue, self._ledger)

    def gone(self, clip: int) -> FalResultGone:
        _, ticket = self._asked(clip)
        return FalResultGone(ticket.model, ticket.request_id)

    def account(self, clips: int) -> tuple[str, ...]:
        """What it costs, for the person whose film it is."""
        units = self._ledger.billable_units
        told = "" if units is None else f", charged as {units:g} of its units"
        return (f"fal made {clips} {'clip' if clips == 1 else 'clips'} with {self.model}{told}.",)

    def stop_if_cancelled(self) -> None:
        if self._control.is_cancelled():
            raise EngineCancelled("The film is not wanted any more.")

    def _asked(self, clip: int) -> tuple[Entry, Ticket]:
        entry = self._ledger[clip]
        assert entry is not None
        assert entry.ticket is not None
        return entry, entry.ticket

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.stop_if_cancelled()
            time.sleep(min(_LISTEN_SECONDS, left))
        self.stop_if_cancelled()


def _seconds_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()
