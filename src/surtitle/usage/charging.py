"""Credits that jobs take and give back, within the transaction that moves the job."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.account_models import CreditEntry

# Sums of fractions of a minute must not show their binary rests.
_DECIMALS = 6


async def balance_of(session: AsyncSession, project_id: UUID) -> float:
    """What the project has left; what running jobs reserved is gone from it."""
    total = await session.scalar(
        select(func.sum(CreditEntry.amount)).where(CreditEntry.project_id == project_id)
    )
    return round(total or 0.0, _DECIMALS)


def charge(session: AsyncSession, project_id: UUID, job_id: UUID, amount: float) -> None:
    """Take credits for a job; they stay taken when it succeeds."""
    session.add(
        CreditEntry(project_id=project_id, job_id=job_id, amount=-round(amount, _DECIMALS), reason="job")
    )


async def refund(session: AsyncSession, job_id: UUID) -> None:
    """Give back what the job has taken and not given back yet."""
    ours = CreditEntry.job_id == job_id
    taken = (
        await session.execute(
            select(CreditEntry.project_id, func.sum(CreditEntry.amount))
            .where(ours)
            .group_by(CreditEntry.project_id)
        )
    ).one_or_none()
    if taken is None:
        return
    project_id, amount = taken
    if owed := -round(amount, _DECIMALS):
        session.add(CreditEntry(project_id=project_id, job_id=job_id, amount=owed, reason="job released"))
