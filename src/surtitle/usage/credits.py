"""Credits as administrators grant them and as projects see them."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.db.account_models import CreditEntry
from surtitle.db.engine import Database
from surtitle.db.locks import hold
from surtitle.db.repeats import Repeatable
from surtitle.errors import Invalid
from surtitle.paging import Page, decode_cursor, encode_cursor
from surtitle.usage.charging import balance_of
from surtitle.usage.projects import require_project

MAX_AMOUNT = 1_000_000_000.0
MAX_REASON_CHARS = 200

_SCOPE = "credits"


@dataclass(frozen=True, slots=True)
class Account:
    """A project's balance and some of the movements that led to it, the newest first."""

    balance: float
    movements: Page[CreditEntry]


class Credits:
    """Grants credits and tells what became of them."""

    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    async def grant(
        self,
        by: Principal,
        project_id: UUID,
        amount: float,
        reason: str,
        address: str | None,
        *,
        key: str | None = None,
    ) -> tuple[CreditEntry, float]:
        """Add `amount` credits, or take some back with one below 0; the movement and the new balance.

        `key` stands for this very wish: when it comes again nothing moves, and the movement is the first.
        Raises `NoSuchProject`, `Invalid`, `KeyReused`.
        """
        _require_sane_amount(amount)
        entry = CreditEntry(
            project_id=project_id, granted_by=by.user_id, amount=amount, reason=_sane_reason(reason)
        )
        request = _repeatable(entry, key) if key is not None else None
        async with self._database.writing() as session:
            await require_project(session, project_id)
            if request is not None and (known := await _known_entry(session, request)):
                return known, await balance_of(session, project_id)
            session.add(entry)
            await session.flush()
            if request is not None:
                request.remember(session, entry.id)
            deed = Deed(
                "credits.granted",
                by=by,
                address=address,
                object_kind="credits",
                object_id=entry.id,
                project_id=project_id,
                detail={"amount": amount},
            )
            await self._audit.add(session, deed)
            return entry, await balance_of(session, project_id)

    async def account(self, project_id: UUID, cursor: str | None, limit: int) -> Account:
        """The balance and a page of movements. Raises `NoSuchProject`."""
        query = select(CreditEntry).where(CreditEntry.project_id == project_id)
        if cursor is not None:
            query = query.where(CreditEntry.id < decode_cursor(cursor))
        async with self._database.reading() as session:
            await require_project(session, project_id)
            balance = await balance_of(session, project_id)
            found = (await session.scalars(query.order_by(CreditEntry.id.desc()).limit(limit + 1))).all()
        shown = found[:limit]
        return Account(balance, Page(shown, encode_cursor(shown[-1].id) if len(found) > limit else None))


async def _known_entry(session: AsyncSession, request: Repeatable) -> CreditEntry | None:
    """The movement that the request made before. Until the transaction ends nobody else finds it out."""
    await hold(session, _SCOPE, request.project_id, request.key)
    known_id = await request.made(session)
    return await session.get(CreditEntry, known_id) if known_id else None


def _repeatable(entry: CreditEntry, key: str) -> Repeatable:
    digest = hashlib.sha256(repr((entry.amount, entry.reason)).encode()).hexdigest()
    return Repeatable(entry.project_id, _SCOPE, key, digest)


def _require_sane_amount(amount: float) -> None:
    # Also refuses what is not a number: every comparison with it is false.
    if not 0 < abs(amount) <= MAX_AMOUNT:
        raise Invalid(
            f"The amount must be a number of credits other than 0, up to {MAX_AMOUNT:.0f}.", field="amount"
        )


def _sane_reason(reason: str) -> str:
    reason = reason.strip()
    if not (0 < len(reason) <= MAX_REASON_CHARS and reason.isprintable()):
        raise Invalid(
            f"Say why, in 1 to {MAX_REASON_CHARS} characters on one line.",
            field="reason",
        )
    return reason
