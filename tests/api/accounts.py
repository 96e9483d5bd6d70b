"""Signing in as people do, with passwords that are quick to check."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.api.installation import Installation, installed

from surtitle.config import AccountSettings, LimitSettings, ServerSettings
from surtitle.db.account_models import AuditEvent

EMAIL = "ada@example.org"
PASSWORD = "a sentence of some length"


@asynccontextmanager
async def front_door(
    folder: Path, server: dict[str, Any] | None = None, limits: LimitSettings | None = None, **accounts: Any
) -> AsyncIterator[Installation]:
    """An installation that asks everybody who they are; the two mappings are settings."""
    cheap = AccountSettings(password_passes=1, password_memory_kib=8, **accounts)
    settings = ServerSettings(auth="required", **(server or {}))
    bounds = limits or LimitSettings()
    async with installed(folder / "data", server=settings, accounts=cheap, limits=bounds) as installation:
        yield installation


async def register(
    api: Installation, email: str = EMAIL, password: str = PASSWORD, **more: Any
) -> httpx.Response:
    return await api.client.post("/api/register", json={"email": email, "password": password, **more})


async def log_in(
    api: Installation, email: str = EMAIL, password: str = PASSWORD, **more: Any
) -> httpx.Response:
    return await api.client.post("/api/login", json={"email": email, "password": password, **more})


async def signed_in(api: Installation, email: str = EMAIL, password: str = PASSWORD) -> dict[str, Any]:
    """The tokens of a new session."""
    answer = await log_in(api, email, password)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def newcomer(api: Installation, email: str = EMAIL) -> dict[str, Any]:
    """The tokens of somebody who has just registered."""
    answer = await register(api, email)
    assert answer.status_code == 201, answer.text
    return await signed_in(api, email)


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def deeds(api: Installation) -> list[tuple[str, str]]:
    """What the audit trail tells, in order: action and outcome."""
    async with api.services.database.reading() as session:
        events = await session.scalars(select(AuditEvent).order_by(AuditEvent.number))
        return [(event.action, event.outcome) for event in events]


def links(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The tokens of all links that were mailed, which is to say logged."""
    told = "\n".join(
        record.getMessage() for record in caplog.records if record.name == "surtitle.notifications.post"
    )
    return re.findall(r"/account/[a-z-]+#(\S+)", told)


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and kind of a refusal."""
    document = answer.json()
    assert "type" in document, document
    return answer.status_code, document["type"].removeprefix("/problems/")
