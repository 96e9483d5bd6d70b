"""What was asked of fal for a film, kept so that no clip is asked for, and paid for, twice.

An entry is written before a clip is asked for, and completed with fal's number as soon as that is known. A
process that finds an entry without a number knows that a request may be under way that nobody has counted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from surtitle.engines.builtin.fal_queue import Made, Ticket


@dataclass(frozen=True, slots=True)
class Entry:
    """One clip. `sent_at` is from just before it was asked for; `ticket` None: no answer is known.

    `found`: it was taken from fal's list by what it asks for, and may be another film's as well.
    `called_off`: fal was told that it is not wanted, and may have dropped it.
    """

    clip: int
    model: str
    sent_at: datetime
    ticket: Ticket | None = None
    found: bool = False
    made: Made | None = None
    called_off: bool = False


_ENTRIES: TypeAdapter[tuple[Entry, ...]] = TypeAdapter(tuple[Entry, ...])


class Ledger:
    """The entries by the number of their clip. Every change is kept by `save` before the method returns."""

    def __init__(
        self, checkpoint: Mapping[str, Any] | None, save: Callable[[Mapping[str, Any]], None]
    ) -> None:
        self._save = save
        kept = _ENTRIES.validate_python((checkpoint or {}).get("requests", ()))
        off = bool((checkpoint or {}).get("called_off"))
        self._entries = {entry.clip: replace(entry, called_off=entry.called_off or off) for entry in kept}

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, clip: int) -> Entry | None:
        return self._entries.get(clip)

    @property
    def under_way(self) -> dict[int, Ticket]:
        """Requests of this film's own that are not known to be finished."""
        return {
            clip: entry.ticket
            for clip, entry in self._entries.items()
            if entry.ticket is not None and entry.made is None and not entry.found
        }

    @property
    def request_ids(self) -> tuple[str, ...]:
        """Of this film's own, done or not."""
        own = (entry for entry in self._entries.values() if not entry.found)
        return tuple(entry.ticket.request_id for entry in own if entry.ticket is not None)

    @property
    def unanswered(self) -> tuple[datetime, ...]:
        """When requests were sent of which nobody knows whether fal took them."""
        return tuple(entry.sent_at for entry in self._entries.values() if entry.ticket is None)

    @property
    def billable_units(self) -> float | None:
        """What all clips together are charged as; None where fal did not say it of each."""
        units = [entry.made.billable_units if entry.made else None for entry in self._entries.values()]
        told = [unit for unit in units if unit is not None]
        return sum(told) if told and len(told) == len(units) else None

    def sending(self, clip: int, model: str, now: datetime) -> Entry:
        return self._put(Entry(clip, model, now))

    def sent(self, clip: int, ticket: Ticket, *, found: bool = False) -> None:
        self._put(replace(self._entries[clip], ticket=ticket, found=found))

    def made(self, clip: int, made: Made) -> None:
        self._put(replace(self._entries[clip], made=made))

    def forget(self, clip: int) -> None:
        """It was certainly not made, or is not charged: it may be asked for again."""
        self._keep({number: entry for number, entry in self._entries.items() if number != clip})

    def _put(self, entry: Entry) -> Entry:
        self._keep({**self._entries, entry.clip: entry})
        return entry

    def _keep(self, entries: dict[int, Entry]) -> None:
        self._save({"requests": _ENTRIES.dump_python(tuple(entries.values()), mode="json")})
        self._entries = entries
