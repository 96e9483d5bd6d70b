"""What routes tell the audit trail: which contents were seen or changed, and who was refused.

A route says it by `audited("artifact.downloaded", "job")`. What only looks is told before the content is
sent, what changes something after it was done. See docs/operate/audit.md.
"""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.exc import SQLAlchemyError

from surtitle.accounts.access import Principal, rights
from surtitle.accounts.audit import Deed, Outcome
from surtitle.accounts.short_memory import ShortMemory
from surtitle.api.client_address import address_of
from surtitle.api.services import Services
from surtitle.errors import Forbidden, NotFound, SurtitleError

log = logging.getLogger(__name__)

SEEN_SECONDS = 600.0
"""A player fetches one film in a hundred ranges: who looks again within this is not told again."""

REFUSALS_A_MINUTE = 10
"""More of one caller are not told: nobody may fill the trail by knocking at doors."""

_MINUTE_SECONDS = 60.0
_PARAMETERS = {
    "recording": "media_id",
    "job": "job_id",
    "transcript": "transcript_id",
    "voice": "voice_id",
    "fetch": "fetch_id",
    "project": "project_id",
}
_READING = frozenset({"GET", "HEAD"})


@dataclass(slots=True)
class Noted:
    """What a route adds to its entry. Without an `object_id` at the end, nothing is told."""

    object_id: str | UUID | None
    detail: dict[str, Any] = field(default_factory=dict)
    project_id: UUID | None = None


@dataclass(slots=True)
class _Count:
    number: int = 0


class Auditing:
    """The trail as the routes of one process use it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seen: ShortMemory[bool] = ShortMemory(SEEN_SECONDS)
        self._refusals: ShortMemory[_Count] = ShortMemory(_MINUTE_SECONDS)

    @property
    def on(self) -> bool:
        """A personal installation has one person, who need not account for anything to anybody."""
        settings = self._services.settings
        return settings.server.auth == "required" or settings.accounts.audit_personal

    async def tell(self, request: Request, action: str, kind: str, noted: Noted) -> None:
        """Add what the request does. A content that cannot be accounted for is not handed out."""
        principal: Principal | None = getattr(request.state, "principal", None)
        if not self.on or noted.object_id is None:
            return
        looks = request.method in _READING
        caller = principal.name if principal else address_of(request)
        seen = f"{caller} {action} {noted.object_id} {noted.detail}"
        if looks and self._seen.recall(seen):
            return
        await self._services.audit.tell(
            Deed(
                action,
                by=principal,
                address=address_of(request),
                object_kind=kind,
                object_id=noted.object_id,
                project_id=noted.project_id or getattr(request.state, "project_id", None),
                detail=noted.detail,
            )
        )
        if looks:
            self._seen.keep(seen, answer=True)

    async def refused(self, request: Request, error: SurtitleError) -> None:
        """Add that somebody who is known was kept from what is another's, or from what is not theirs to do.

        A fault here is logged: the refusal itself is what counts.
        """
        principal: Principal | None = getattr(request.state, "principal", None)
        if principal is None or not self.on or not isinstance(error, Forbidden | NotFound):
            return
        try:
            await self._tell_refusal(request, principal, error)
        except SQLAlchemyError as fault:
            log.warning("a refused access could not be told to the audit trail: %s", fault)

    async def _tell_refusal(self, request: Request, principal: Principal, error: SurtitleError) -> None:
        kind, object_id, project_id = await self._concerned(request)
        if isinstance(error, NotFound) and (project_id is None or rights(principal, project_id)):
            # There is no such thing, or it is the caller's own and lacks a part.
            return
        count = self._refusals.recall(principal.name)
        if count is None:
            count = _Count()
            self._refusals.keep(principal.name, count)
        count.number += 1
        if count.number > REFUSALS_A_MINUTE:
            return
        detail = {"method": request.method, "why": error.slug}
        if count.number == REFUSALS_A_MINUTE:
            detail["further"] = "not told for a minute"
        await self._services.audit.tell(
            Deed(
                "access.refused", principal, address_of(request), kind, object_id, project_id,
                Outcome.REFUSED, detail,
            )
        )  # fmt: skip

    async def _concerned(self, request: Request) -> tuple[str | None, str | None, UUID | None]:
        """Kind and id of the object in the path, and its project, if there is such an object."""
        holdings, path = self._services.holdings, request.path_params
        finders = {
            "job": holdings.of_job,
            "recording": holdings.of_media,
            "transcript": holdings.of_transcript,
            "voice": holdings.of_voice,
            "fetch": holdings.of_fetch,
            "project": holdings.of_project,
        }
        for kind, find in finders.items():
            named = path.get(_PARAMETERS[kind])
            if named is not None and (project_id := await find(named)) is not None:
                return kind, str(named), project_id
        return None, None, None


class Audited:
    """The dependency behind `audited`; a test looks for it at every route that hands out contents."""

    def __init__(self, action: str, kind: str, part: str | None) -> None:
        self.action = action
        self.kind = kind
        self._part = part

    async def __call__(self, request: Request) -> AsyncIterator[Noted]:
        noted = Noted(request.path_params.get(_PARAMETERS[self.kind]))
        if self._part is not None:
            noted.detail[self._part] = request.path_params[self._part]
        yield noted
        # Here only when the route has not raised, and before anything is sent.
        if request.method != "HEAD":
            auditing: Auditing = request.app.state.auditing
            await auditing.tell(request, self.action, self.kind, noted)


def audited(action: str, kind: str, part: str | None = None) -> Any:
    """Tells the trail of `action` on the `kind` of object in the path, or whose id the route notes.

    `part` is a parameter of the path that says which part of the object it was.
    """
    return Depends(Audited(action, kind, part), scope="function")
