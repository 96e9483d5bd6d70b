"""What these pages share: who may see them, the menu beside them, how their forms tell of refusals."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from surtitle.accounts.people import People
from surtitle.api.auditing import Auditing
from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.errors import SurtitleError
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import HOME, see_other
from surtitle.web.navigation import Place
from surtitle.web.pages import page
from surtitle.web.problems import NobodySignsIn
from surtitle.web.sentences import Refusal

ACCOUNT = f"{HOME}/account"

PROFILE = Place(ACCOUNT, _("Profile"))
PROFILES = Place(f"{ACCOUNT}/profiles", _("Further profiles"))
PASSWORD = Place(f"{ACCOUNT}/password", _("Password"))
SECOND_FACTOR = Place(f"{ACCOUNT}/second-factor", _("Second factor"))
SESSIONS = Place(f"{ACCOUNT}/sessions", _("Sessions"))
IDENTITIES = Place(f"{ACCOUNT}/identities", _("Connected accounts"))
NOTIFICATIONS = Place(f"{ACCOUNT}/notifications", _("Notifications"))
USAGE = Place(f"{ACCOUNT}/usage", _("My usage"))
EXPORT = Place(f"{ACCOUNT}/export", _("Take my data along"))
ERASE = Place(f"{ACCOUNT}/erase", _("Erase my account"))

_SECTIONS = (
    PROFILE, PROFILES, PASSWORD, SECOND_FACTOR, SESSIONS, IDENTITIES, NOTIFICATIONS, USAGE, EXPORT, ERASE,
)  # fmt: skip

_DONE = {
    "saved": _("Saved."),
    "email": _(
        "A letter is on its way to the new address. Until you follow the link in it, the old one stays yours."
    ),
    "password": _("Your password is changed. Everywhere else you are signed out."),
    "second-factor-off": _("The second factor is off: your password is enough from now on."),
    "session": _("That session is over."),
    "others": _("You are signed out everywhere else."),
    "connected": _("Connected: you can sign in this way from now on."),
    "disconnected": _("Disconnected."),
    "created": _("The profile is there."),
    "deleted": _("Deleted."),
}
"""What was done just before, by the word in the address."""


async def _people(use: Use) -> People:
    if use.settings.server.auth == "personal":
        raise NobodySignsIn
    return use.people


OwnPeople = Annotated[People, Depends(_people)]
"""As `Accounts`; where there are none, a page says so."""


async def refusal_of(request: Request, error: SurtitleError, about: str = "") -> Refusal:
    """The refusal that `error` is, told to the audit trail as for every route."""
    auditing: Auditing = request.app.state.auditing
    await auditing.refused(request, error)
    return Refusal.of(error, about)


async def section_page(request: Request, section: Place, template: str, **content: Any) -> Response:
    """The page of a section, with what was done before or went wrong just now."""
    use: Services = request.app.state.services
    with_provider = use.settings.openid.issuer is not None
    return await page(
        request,
        f"account/{template}",
        section=section,
        sections=[one for one in _SECTIONS if with_provider or one is not IDENTITIES],
        done=_DONE.get(request.query_params.get("done", ""), ""),
        **content,
    )


def done(section: Place, word: str = "saved") -> Response:
    """Back to the section, which tells what was done."""
    return see_other(f"{section.address}?done={word}")
