"""`/app/projects/{project_id}/audit`: who did what in a project, for its owners."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from surtitle.accounts.audit_reading import ERASED_PERSON, Actor, AuditFilter
from surtitle.api.access import MANAGES
from surtitle.api.dependencies import Cursor, Use
from surtitle.web.catalogues import mark as _
from surtitle.web.chosen_days import ChosenDay
from surtitle.web.formats import Formats
from surtitle.web.project.frame import project_page
from surtitle.web.view import view_of

router = APIRouter(prefix="/projects/{project_id}/audit", dependencies=[MANAGES])

_ON_A_PAGE = 50

ACTION_CHOICES = {
    "": _("Everything"),
    "project.*": _("The project itself"),
    "member.*": _("Members"),
    "invitation.*": _("Invitations"),
    "key.*": _("Keys"),
    "webhook.*": _("Webhooks"),
    "channel.*": _("Notices"),
    "retention.*": _("Retention"),
    "recording.*": _("Recordings"),
    "job.*": _("Jobs"),
    "transcript.*": _("Transcripts"),
    "voice.*": _("Voices"),
    "access.refused": _("Refused access"),
}
# Those that are nobody's own name.
_ACTOR_NAMES = {
    "system": _("Surtitle itself"),
    "nobody": _("Somebody unknown"),
    "owner": _("The owner of this machine"),
}
_ERASED = _("An erased person")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries the page shows, as its address says; both days are within."""

    action: str
    since: date | None
    until: date | None

    def filter(self, project_id: UUID, formats: Formats) -> AuditFilter:
        return AuditFilter(
            action=self.action or None,
            project_id=project_id,
            since=formats.begins(self.since) if self.since else None,
            until=formats.ends(self.until) if self.until else None,
        )

    @property
    def query(self) -> str:
        chosen = {"action": self.action, "from": self.since, "to": self.until}
        return urlencode({name: value for name, value in chosen.items() if value})


async def _wanted(
    action: Annotated[str, Query(max_length=64)] = "",
    since: Annotated[ChosenDay, Query(alias="from")] = None,
    until: Annotated[ChosenDay, Query(alias="to")] = None,
) -> Wanted:
    return Wanted(action if action in ACTION_CHOICES else "", since, until)


@router.get("")
async def show_audit(
    *,
    project_id: UUID,
    request: Request,
    use: Use,
    wanted: Annotated[Wanted, Depends(_wanted)],
    cursor: Cursor = None,
) -> Response:
    """Who and what and when, the newest first; not from where."""
    formats = (await view_of(request)).formats
    listed = await use.data_protection.trail.page(wanted.filter(project_id, formats), cursor, _ON_A_PAGE)
    return await project_page(
        request,
        project_id,
        "audit.html",
        entries=[(entry, _own_name(entry.actor)) for entry in listed.items],
        next_cursor=listed.next_cursor,
        wanted=wanted,
        action_choices=ACTION_CHOICES,
    )


def _own_name(actor: Actor) -> str:
    """A sentence to be translated, for whoever has no name of their own; else nothing."""
    if actor.name == ERASED_PERSON and actor.id is None:
        return _ERASED
    return _ACTOR_NAMES.get(actor.kind, "")
