"""What routes are given: the services and common parameters."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from pydantic import AfterValidator, BeforeValidator

from surtitle.accounts.errors import PersonalInstallation
from surtitle.accounts.people import People
from surtitle.api.client_address import address_of
from surtitle.api.services import Services
from surtitle.clock import FIRST_DAY, LAST_DAY
from surtitle.paging import MAX_PAGE_SIZE

_BEGINS_WITH_A_DATE = re.compile(r"\d{4}-\d\d-\d\d")


async def get_services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _written_out(text: object) -> object:
    # A number would be read as seconds since 1970, which nobody was promised.
    if isinstance(text, int | float) or (isinstance(text, str) and not _BEGINS_WITH_A_DATE.match(text)):
        raise ValueError("write the time as ISO 8601, for example 2026-01-31T12:00:00Z")
    return text


def _in_utc(moment: datetime) -> datetime:
    if not FIRST_DAY <= moment.date() <= LAST_DAY:
        raise ValueError(f"the time is outside the years {FIRST_DAY.year} to {LAST_DAY.year}")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


async def _people(request: Request) -> People:
    use = await get_services(request)
    if use.settings.server.auth == "personal":
        raise PersonalInstallation
    return use.people


async def _address(request: Request) -> str:
    return address_of(request)


Use = Annotated[Services, Depends(get_services)]
Accounts = Annotated[People, Depends(_people)]
"""For routes about accounts; where there are none, they answer 409."""
Address = Annotated[str, Depends(_address)]
"""Where the request comes from, for the audit trail."""
Cursor = Annotated[
    str | None,
    Query(
        max_length=64,
        pattern="^[A-Za-z0-9_-]{22}$",
        description="`next_cursor` of the page before; left out, the first page.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE, description="Items on a page.")]
Moment = Annotated[datetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
Day = Annotated[date, BeforeValidator(_written_out)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="New for new work (a UUID, say). A repeat gets the answer of the first request.",
    ),
]
