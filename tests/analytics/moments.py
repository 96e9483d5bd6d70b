"""Moments of jobs as they stand in the table, made up without any job."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, make_url, select

from surtitle.config import AccountSettings, AnalyticsSettings, Settings
from surtitle.db.account_models import CreditEntry, UsageEntry
from surtitle.db.engine import Database
from surtitle.db.kpi_models import KpiDay, KpiEvent
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.ids import new_id

_ENDS = ("succeeded",) * 17 + ("failed", "failed", "cancelled")


def event(kind: str, at: datetime, project: UUID = PERSONAL_PROJECT, **more: Any) -> dict[str, Any]:
    """A row of `kpi_events`."""
    usual = {"user_id": None, "recipe": "transcript", "wait_ms": None, "processing_ms": None, "media_ms": 0}
    return {
        "job_id": new_id(), "kind": kind, "project_id": project, "happened_at": at, **usual, **more,
    }  # fmt: skip


def made_up(jobs: int, since: datetime, days: int, *, projects: int = 3) -> Iterator[dict[str, Any]]:
    """Events of so many jobs, the same each time, spread over these days and to the end of the last."""
    chance = random.Random(7)
    places = [UUID(int=number + 1) for number in range(projects)]
    people = [UUID(int=number + 100) for number in range(40)]
    for number in range(jobs):
        at = since + timedelta(days=days * number / jobs, microseconds=chance.randrange(1_000_000))
        media_ms = chance.choice((0, chance.randrange(1_000, 7_200_000)))
        of_job = {
            "job_id": UUID(int=chance.getrandbits(128)),
            "project_id": chance.choice(places),
            "user_id": chance.choice((None, *people)),
            "recipe": chance.choice(("transcript", "meeting", "film")),
            "media_ms": media_ms,
        }
        usual = {"wait_ms": None, "processing_ms": None}
        yield {**of_job, **usual, "kind": "created", "happened_at": at}
        yield {
            **of_job,
            "kind": chance.choice(_ENDS),
            "happened_at": at + timedelta(milliseconds=chance.randrange(1, 7_200_000)),
            "wait_ms": chance.choice((None, chance.randrange(600_000))),
            "processing_ms": media_ms // chance.randrange(2, 20) + chance.randrange(5_000),
        }


async def happen(database: Database, *events: dict[str, Any]) -> None:
    async with database.writing() as session:
        await session.execute(insert(KpiEvent), list(events))


async def pay(database: Database, amount: float, at: datetime, project: UUID = PERSONAL_PROJECT) -> None:
    """A movement of credits for a job: below 0 they are taken."""
    entry = CreditEntry(project_id=project, job_id=new_id(), amount=amount, reason="job", created_at=at)
    async with database.writing() as session:
        session.add(entry)


async def store(database: Database, size: float, at: datetime, project: UUID = PERSONAL_PROJECT) -> None:
    """What the storage meter writes for a day."""
    entry = UsageEntry(
        project_id=project, kind="storage_byte_days", amount=size, state="settled", created_at=at
    )
    async with database.writing() as session:
        session.add(entry)


def settings_in(database: Database, zone: str = "UTC", **analytics: Any) -> Settings:
    """Settings of an installation whose scratch folder is beside its database file."""
    folder = Path(make_url(database.url).database or "").parent if database.is_sqlite else Path("/nowhere")
    return Settings(
        data_dir=folder,
        accounts=AccountSettings(time_zone=zone),
        analytics=AnalyticsSettings(**analytics),
        _env_file=None,
    )


async def lines(database: Database) -> list[KpiDay]:
    async with database.reading() as session:
        return list(await session.scalars(select(KpiDay).order_by(KpiDay.day, KpiDay.project_id)))
