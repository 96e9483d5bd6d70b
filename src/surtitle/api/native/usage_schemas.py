"""The JSON documents about usage, quotas and credits. Amounts are in the unit that their name tells."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from surtitle.api.native.schemas import Document
from surtitle.db.account_models import CreditEntry
from surtitle.usage.credits import MAX_AMOUNT, MAX_REASON_CHARS, Account
from surtitle.usage.kinds import UsageKind
from surtitle.usage.quotas import Left
from surtitle.usage.reports import Amounts, Grouping, Report


class QuotaDocument(BaseModel):
    """What the project may still use; null where nothing limits it."""

    minutes_left: float | None = Field(description="Of this month, without what is reserved.")
    credits_left: float | None
    storage_bytes_left: int | None
    renews_at: datetime | None = Field(description="When the minutes are whole again.")

    @classmethod
    def of(cls, left: Left) -> "QuotaDocument":
        return cls(
            minutes_left=left.minutes,
            credits_left=left.credits,
            storage_bytes_left=left.storage_bytes,
            renews_at=left.renews_at,
        )


class UsageAmounts(BaseModel):
    """How much of each kind."""

    audio_seconds: float = Field(description="Sound recognised.")
    generated_seconds: float = Field(description="Film and speech made.")
    jobs: int
    storage_byte_days: float = Field(description="Bytes kept, for each day that is over.")

    @classmethod
    def of(cls, amounts: Mapping[UsageKind, float]) -> "UsageAmounts":
        return cls(
            audio_seconds=round(amounts[UsageKind.AUDIO_SECONDS], 3),
            generated_seconds=round(amounts[UsageKind.GENERATED_SECONDS], 3),
            jobs=round(amounts[UsageKind.JOBS]),
            storage_byte_days=amounts[UsageKind.STORAGE_BYTE_DAYS],
        )


class UsageSums(BaseModel):
    """What work that succeeded used, and what is held for work under way."""

    used: UsageAmounts
    reserved: UsageAmounts

    @classmethod
    def of(cls, amounts: Amounts) -> "UsageSums":
        return cls(used=UsageAmounts.of(amounts.used), reserved=UsageAmounts.of(amounts.reserved))


class UsageLine(UsageSums):
    """One day, user or project; the others are null."""

    day: date | None = None
    user_id: UUID | None = Field(None, description="Null by user: keys, and people who were erased.")
    project_id: UUID | None = None


class UsageDocument(Document):
    """What was used in a period. Lines without usage are left out."""

    model_config = ConfigDict(populate_by_name=True)

    since: datetime = Field(alias="from")
    until: datetime = Field(alias="to")
    by: Grouping
    totals: UsageSums
    items: list[UsageLine]
    quota: QuotaDocument | None = Field(None, description="What is left now; null for a person's own report.")

    @classmethod
    def of(cls, report: Report, left: Left | None = None) -> "UsageDocument":
        return cls(
            since=report.period.start,
            until=report.period.end,
            by=report.by,
            totals=UsageSums.of(report.totals),
            items=[_line(report.by, of, amounts) for of, amounts in report.lines.items()],
            quota=QuotaDocument.of(left) if left else None,
        )


class GrantRequest(BaseModel):
    """Credits for a project."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"amount": 600, "reason": "Order 2026-114"}}
    )

    amount: float = Field(
        ge=-MAX_AMOUNT, le=MAX_AMOUNT, allow_inf_nan=False, description="Below 0 it takes some back."
    )
    reason: str = Field(min_length=1, max_length=MAX_REASON_CHARS, description="On one line.")


class CreditMovement(BaseModel):
    """Credits granted (above 0) or taken by a job (below)."""

    id: UUID
    amount: float
    reason: str
    job_id: UUID | None
    granted_by: UUID | None
    created_at: datetime

    @classmethod
    def of(cls, entry: CreditEntry) -> "CreditMovement":
        return cls(
            id=entry.id,
            amount=entry.amount,
            reason=entry.reason,
            job_id=entry.job_id,
            granted_by=entry.granted_by,
            created_at=entry.created_at,
        )


class GrantDocument(Document):
    """A grant and the balance after it."""

    balance: float
    movement: CreditMovement


class CreditPage(Document):
    """A project's balance and its movements, the newest first."""

    balance: float = Field(description="Without what is reserved.")
    items: Sequence[CreditMovement]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, account: Account) -> "CreditPage":
        page = account.movements
        return cls(
            balance=account.balance,
            items=[CreditMovement.of(entry) for entry in page.items],
            next_cursor=page.next_cursor,
        )


def _line(by: Grouping, of: date | UUID | None, amounts: Amounts) -> UsageLine:
    name = {Grouping.DAY: "day", Grouping.USER: "user_id", Grouping.PROJECT: "project_id"}[by]
    return UsageLine.model_validate({name: of, **UsageSums.of(amounts).model_dump()})
