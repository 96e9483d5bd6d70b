"""What all pages of a project show around their own part: its name, its other pages, what one may do."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from surtitle.accounts.access import Permission, ProjectRole, rights
from surtitle.accounts.members import Member
from surtitle.accounts.users import FIRST_PROFILE
from surtitle.api.access import caller_of
from surtitle.api.services import Services
from surtitle.errors import Conflict, Invalid
from surtitle.outgoing.errors import TargetAway
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import see_other
from surtitle.web.navigation import address_of_project
from surtitle.web.pages import page

REFUSALS = (Invalid, Conflict, TargetAway)
"""What is said beside the form that was sent: whoever sent it can do something about it."""

ROLE_NAMES = {
    ProjectRole.OWNER: _("Owner"),
    ProjectRole.EDITOR: _("Editor"),
    ProjectRole.VIEWER: _("Viewer"),
}
ROLES_TOLD = {
    ProjectRole.VIEWER: _("Reads and listens"),
    ProjectRole.EDITOR: _("Also uploads, corrects and deletes"),
    ProjectRole.OWNER: _("Also looks after members, keys and settings"),
}

Done = Annotated[str, Query(max_length=40, pattern="^[a-z-]*$")]
"""The word for what a form did just before."""


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a project, for those with the permission `needs` in it."""

    path: str
    name: str
    needs: Permission
    of_accounts: bool = False

    def current(self, path: str, here: str) -> Literal["", "page", "true"]:
        """Its `aria-current` on the page at `path` of the project at `here`."""
        own = f"{here}{self.path}"
        if path == own:
            return "page"
        return "true" if self.path and path.startswith(f"{own}/") else ""


PARTS = (
    Part("", _("Overview"), Permission.READ),
    Part("/members", _("Members"), Permission.READ, of_accounts=True),
    Part("/keys", _("Keys"), Permission.MANAGE),
    Part("/webhooks", _("Webhooks"), Permission.MANAGE),
    Part("/channels", _("Notices"), Permission.MANAGE),
    Part("/retention", _("Retention"), Permission.READ),
    Part("/glossary", _("Glossary"), Permission.READ),
    Part("/audit", _("Audit trail"), Permission.MANAGE),
    Part("/settings", _("Settings"), Permission.MANAGE),
)


async def project_page(
    request: Request,
    project_id: UUID,
    template: str,
    *,
    done: str = "",
    **content: Any,
) -> Response:
    """A page of the project. `done`: a sentence to be translated about the form before."""
    use: Services = request.app.state.services
    caller = await caller_of(request)
    seen = await use.people.projects.get(caller, project_id)
    held = rights(caller, project_id)
    personal = use.settings.server.auth == "personal"
    answer = await page(
        request,
        f"project/{template}",
        project=seen.project,
        role=seen.role,
        here=address_of_project(project_id),
        works_here=caller.default_project == project_id,
        may_manage=Permission.MANAGE in held,
        may_write=Permission.WRITE in held,
        parts_here=[part for part in PARTS if part.needs in held and not (part.of_accounts and personal)],
        done=done,
        **content,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def shown_name(member: Member, *, with_email: bool) -> str:
    """What a member is known by; nothing where they have not said, and their e-mail is not to be told."""
    own = member.name if member.name != FIRST_PROFILE else None
    return own or (member.email if with_email else None) or ""


def done_in(project_id: UUID, path: str, done: str) -> Response:
    """After a form: to a page of the project that says so."""
    return see_other(f"{address_of_project(project_id)}{path}?done={done}")
