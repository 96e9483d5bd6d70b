"""Films that nobody wants any more, called off at fal: by their engine, or later by what it noted down."""

import logging
from collections.abc import Mapping
from typing import Any

from surtitle.engines.builtin.fal_ledger import Ledger
from surtitle.engines.builtin.fal_queue import FalQueue
from surtitle.engines.protocols import CalledOff, Endpoint
from surtitle.errors import Unavailable

log = logging.getLogger(__name__)


def call_off(endpoint: Endpoint, checkpoint: Mapping[str, Any]) -> CalledOff:
    """The `EngineSpec.call_off` of fal."""
    left = checkpoint

    def save(ledger: Mapping[str, Any]) -> None:
        nonlocal left
        left = ledger

    ledger = Ledger(checkpoint, save)
    before = len(ledger)
    is_complete = drop_requests(FalQueue(endpoint), ledger)
    return CalledOff(left, _told(before - len(ledger), ledger) if is_complete else (), is_complete)


def drop_requests(queue: FalQueue, ledger: Ledger) -> bool:
    """Tell fal that these clips are not wanted; whether it could be told of all.

    What had not begun is dropped and not charged, so it is forgotten. The rest stays in the ledger.
    """
    is_complete = True
    for clip, ticket in ledger.under_way.items():
        try:
            dropped = queue.cancel(ticket)
        except Unavailable as error:
            log.warning("fal could not be told to drop request %s: %s", ticket.request_id, error)
            is_complete = False
        else:
            if dropped:
                ledger.forget(clip)
    return is_complete


def _told(dropped: int, ledger: Ledger) -> tuple[str, ...]:
    """What the film may cost all the same."""
    told = []
    if dropped:
        told.append(f"fal had not begun {dropped} of the film's requests; they are not charged.")
    if begun := ledger.request_ids:
        told.append(f"fal had begun these requests of the film, and may charge for them: {', '.join(begun)}.")
    told.extend(
        f"A request was sent to fal at {sent_at:%Y-%m-%d %H:%M:%S} UTC and its answer never came, so it "
        "could not be called off. Look into fal's dashboard whether it was charged."
        for sent_at in ledger.unanswered
    )
    return tuple(told)
