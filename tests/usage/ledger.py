"""What the tables say about usage, and quotas set by hand."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from surtitle.db.account_models import CreditEntry, Project, UsageEntry
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.usage.charging import balance_of


async def limit(database: Database, project_id: UUID = PERSONAL_PROJECT, **quotas: Any) -> None:
    async with database.writing() as session:
        await session.execute(update(Project).where(Project.id == project_id).values(**quotas))


async def states(database: Database, job_id: UUID) -> list[str]:
    """Of a job's entries for seconds of sound, in the order of their making."""
    query = select(UsageEntry.state).where(UsageEntry.job_id == job_id, UsageEntry.kind == "audio_seconds")
    async with database.reading() as session:
        return list(await session.scalars(query.order_by(UsageEntry.id)))


async def entries(database: Database) -> list[tuple[str, float, str]]:
    query = select(UsageEntry.kind, UsageEntry.amount, UsageEntry.state)
    async with database.reading() as session:
        return sorted((kind, amount, state) for kind, amount, state in await session.execute(query))


async def fund(database: Database, amount: float) -> None:
    async with database.writing() as session:
        session.add(CreditEntry(project_id=PERSONAL_PROJECT, amount=amount, reason="granted"))


async def balance(database: Database) -> float:
    async with database.reading() as session:
        return await balance_of(session, PERSONAL_PROJECT)
