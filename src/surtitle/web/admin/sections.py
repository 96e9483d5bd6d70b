"""The pages of the administration: which there are for whom, and what each is given."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse

from surtitle.accounts.access import Role
from surtitle.api.auditing import Auditing
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import HOME
from surtitle.web.pages import page
from surtitle.web.view import known_caller

ADMIN = f"{HOME}/admin"


@dataclass(frozen=True, slots=True)
class Section:
    """One page. `accounts`: only where people have accounts; `audited`: only where a trail is kept."""

    path: str
    name: str
    accounts: bool = False
    audited: bool = False

    @property
    def address(self) -> str:
        return f"{ADMIN}/{self.path}" if self.path else ADMIN

    def holds(self, path: str) -> bool:
        return path == self.address or (bool(self.path) and path.startswith(f"{self.address}/"))


SECTIONS = (
    Section("", _("Overview")),
    Section("queue", _("Queue and workers")),
    Section("people", _("People"), accounts=True),
    Section("projects", _("Projects"), accounts=True),
    Section("figures", _("Figures")),
    Section("storage", _("Storage")),
    Section("models", _("Models")),
    Section("audit", _("Audit trail"), audited=True),
    Section("upkeep", _("Backups and tasks")),
)


async def admin_page(request: Request, template: str, **content: Any) -> HTMLResponse:
    """The page `admin/{template}`. `acts`: whether whoever looks may change anything."""
    caller = await known_caller(request)
    auditing: Auditing = request.app.state.auditing
    personal = caller is not None and caller.user_id is None
    shown = [
        one for one in SECTIONS if not (one.accounts and personal) and not (one.audited and not auditing.on)
    ]
    return await page(
        request,
        f"admin/{template}",
        sections=shown,
        acts=caller is not None and caller.role is Role.ADMIN,
        **content,
    )


def person_address(user_id: object) -> str:
    return f"{ADMIN}/people/{quote(str(user_id))}"
