"""Whether the audit trail is still as it was written."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select

from surtitle.accounts.audit import BEGINNING, AuditTrail, chained_hash
from surtitle.db.account_models import AuditEvent, AuditHead
from surtitle.db.engine import Database
from surtitle.errors import Invalid

_BATCH = 1000
_NO_HEAD = "The record of where the trail ends is gone."
_NOT_OUR_SEAL = (
    "The record of where the trail ends was not sealed by this installation. Was its secret (`secret.key`, "
    "SURTITLE_ACCOUNTS__SECRET_KEY) exchanged?"
)
_BEYOND = "There are events beyond the sealed end of the trail."
_OTHER_END = "The last event is not the one that the end of the trail was sealed for."


class FaultKind(StrEnum):
    """What can be wrong with a trail."""

    CHANGED = "changed"
    MISSING = "missing"
    CUT = "cut at the end"
    FORGED = "head forged"
    OTHER_TRAIL = "another trail"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong: at which number, and what it means."""

    number: int
    kind: FaultKind
    detail: str


@dataclass(frozen=True, slots=True)
class TrailEnd:
    """An end of the trail as an earlier verification told it: what came before must still be there."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "TrailEnd":
        """From `NUMBER:HASH`. Raises `Invalid`."""
        number, _, digest = text.strip().partition(":")
        if not number.isascii() or not number.isdigit() or len(digest) != len(BEGINNING):
            raise Invalid(
                f"{text[:80]!r} is no end of the trail; give NUMBER:HASH as `surtitle admin audit verify` "
                "told it.",
                field="known",
            )
        return cls(int(number), digest.lower())


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many events were looked at, where the trail ends, and the first fault, if there is one."""

    events: int
    end: TrailEnd
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The head and the highest number, read in one statement: writers may be at work."""

    head: AuditHead | None
    last: int


class AuditVerification:
    """Walks the whole trail, some rows at a time."""

    def __init__(self, database: Database, trail: AuditTrail) -> None:
        self._database = database
        self._trail = trail

    async def verify(self, known: TrailEnd | None = None) -> Verdict:
        """Look at every event up to the head.

        With `known`, kept since an earlier verification, a trail is also seen through that was cut back
        to an older end together with that end's own seal.
        """
        snapshot = await self._snapshot()
        end, seen = TrailEnd(0, BEGINNING), 0
        while events := await self._batch(end.number, snapshot.last):
            for event in events:
                if (fault := _fault_of(event, end) or _unlike(event, known)) is not None:
                    return Verdict(seen, end, fault)
                end, seen = TrailEnd(event.number, event.hash), seen + 1
        fault = self._fault_at_end(snapshot.head, end)
        if fault is None and known is not None and known.number > end.number:
            fault = _cut(end.number + 1, known.number)
        return Verdict(seen, end, fault)

    async def _snapshot(self) -> _Snapshot:
        last = select(func.coalesce(func.max(AuditEvent.number), 0)).scalar_subquery()
        async with self._database.reading() as session:
            found = (await session.execute(select(AuditHead, last))).one_or_none()
            if found is not None:
                return _Snapshot(found[0], found[1])
            return _Snapshot(None, (await session.scalar(select(last))) or 0)

    async def _batch(self, after: int, last: int) -> Sequence[AuditEvent]:
        async with self._database.reading() as session:
            return (
                await session.scalars(
                    select(AuditEvent)
                    .where(AuditEvent.number > after, AuditEvent.number <= last)
                    .order_by(AuditEvent.number)
                    .limit(_BATCH)
                )
            ).all()

    def _fault_at_end(self, head: AuditHead | None, end: TrailEnd) -> Fault | None:
        if head is None:
            return Fault(end.number, FaultKind.FORGED, _NO_HEAD) if end.number else None
        if not self._trail.has_sealed(head):
            return Fault(head.number, FaultKind.FORGED, _NOT_OUR_SEAL)
        if head.number > end.number:
            return _cut(end.number + 1, head.number)
        if head.number < end.number:
            return Fault(head.number + 1, FaultKind.FORGED, _BEYOND)
        return None if head.hash == end.hash else Fault(head.number, FaultKind.CHANGED, _OTHER_END)


def _fault_of(event: AuditEvent, before: TrailEnd) -> Fault | None:
    expected = before.number + 1
    if event.number != expected:
        return Fault(expected, FaultKind.MISSING, f"Events {expected} to {event.number - 1} are missing.")
    if chained_hash(event) != event.hash:
        return Fault(expected, FaultKind.CHANGED, f"Event {expected} is not as it was written.")
    if event.previous_hash != before.hash:
        return Fault(expected, FaultKind.CHANGED, f"Event {expected} does not follow from the one before it.")
    return None


def _unlike(event: AuditEvent, known: TrailEnd | None) -> Fault | None:
    if known is None or event.number != known.number or event.hash == known.hash:
        return None
    return Fault(
        event.number,
        FaultKind.OTHER_TRAIL,
        f"Event {event.number} is not the one that was verified earlier: the trail was written anew.",
    )


def _cut(first: int, last: int) -> Fault:
    return Fault(first, FaultKind.CUT, f"Events {first} to {last} were cut off the end.")
