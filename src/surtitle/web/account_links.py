"""The pages that links in mails and in the log lead to: `/account/…`, and from there `/app/account/…`.

The token of a link stands behind the `#`, which a browser keeps to itself, over the redirect too. The page's
script puts it into the form and takes it out of the address; without JavaScript a person does, as a code.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field, SecretStr

from surtitle.accounts.letters import EMAIL_PAGE, INVITATION_PAGE, PASSWORD_PAGE, SETUP_PAGE
from surtitle.accounts.people import People
from surtitle.accounts.registration import NewPerson
from surtitle.api.access import PUBLIC
from surtitle.api.dependencies import Accounts, Address
from surtitle.api.native.account_schemas import Email, Password
from surtitle.errors import SurtitleError
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, HOME, see_other
from surtitle.web.navigation import PROJECTS
from surtitle.web.pages import page
from surtitle.web.registration import registered
from surtitle.web.sentences import Refusal
from surtitle.web.view import known_caller, view_of

router = APIRouter(prefix="/account", dependencies=[FORM_TOKEN])
from_letters = APIRouter(include_in_schema=False)

LinkPage = Literal["setup", "new-password", "confirm-email", "invitation"]


class LinkForm(BaseModel):
    """What the pages of links send; each asks for a part of it."""

    token: Annotated[SecretStr, Field(max_length=200)]
    email: Email = ""
    password: Password = SecretStr("")

    @property
    def code(self) -> str:
        return self.token.get_secret_value().strip()

    @property
    def chosen(self) -> str:
        return self.password.get_secret_value()


@dataclass(frozen=True, slots=True)
class Link:
    """A page: what it says and asks for, and what its form does."""

    title: str
    lead: str
    button: str
    follow: Callable[[Request, People, LinkForm, str], Awaitable[Response]]
    asks_email: bool = False
    asks_password: bool = True


async def _set_up(request: Request, people: People, form: LinkForm, address: str) -> Response:
    language = (await view_of(request)).language
    await people.setup.complete(form.code, form.email, form.chosen, address, language)
    return see_other(f"{HOME}/sign-in?done=set-up")


async def _set_password(_request: Request, people: People, form: LinkForm, address: str) -> Response:
    await people.password_resets.confirm(form.code, form.chosen, address)
    return see_other(f"{HOME}/sign-in?done=password")


async def _confirm_email(_request: Request, people: People, form: LinkForm, address: str) -> Response:
    await people.confirmations.confirm(form.code, address)
    return see_other(f"{HOME}/sign-in?done=email")


async def _accept_invitation(request: Request, people: People, form: LinkForm, address: str) -> Response:
    language = (await view_of(request)).language
    person = NewPerson(form.email, form.chosen, None, form.code, language)
    return await registered(request, people, person, address)


LINKS: dict[str, Link] = {
    SETUP_PAGE: Link(
        _("Set up Surtitle"),
        _("You become this installation's administrator, who invites and helps the others."),
        _("Become the administrator"),
        _set_up,
        asks_email=True,
    ),
    PASSWORD_PAGE: Link(
        _("A new password"),
        _("Everybody who used your account is signed out when you set it."),
        _("Set the password"),
        _set_password,
    ),
    EMAIL_PAGE: Link(
        _("Confirm your e-mail"),
        _("This tells us that the e-mail has reached you."),
        _("It is mine"),
        _confirm_email,
        asks_password=False,
    ),
    INVITATION_PAGE: Link(
        _("You are invited"),
        _("Make an account with the e-mail that the invitation was sent to."),
        _("Register"),
        _accept_invitation,
        asks_email=True,
    ),
}


@router.get("/{name}", dependencies=[PUBLIC])
async def show_link_page(name: LinkPage, request: Request, _people: Accounts) -> Response:
    """The form that the link leads to."""
    if name == INVITATION_PAGE and await known_caller(request) is not None:
        # Who has an account joins with it. Browsers keep what stands behind the `#` on the way.
        return see_other(f"{PROJECTS}/join")
    return await page(request, "link.html", name=name, link=LINKS[name], email="", code="")


@router.post("/{name}", dependencies=[PUBLIC])
async def follow_link(
    name: LinkPage,
    form: Annotated[LinkForm, Form()],
    request: Request,
    people: Accounts,
    address: Address,
) -> Response:
    """Do what the link is for."""
    link = LINKS[name]
    try:
        return await link.follow(request, people, form, address)
    except SurtitleError as error:
        return await page(
            request,
            "link.html",
            refusal=Refusal.of(error),
            name=name,
            link=link,
            email=form.email,
            code=form.code,
        )


@from_letters.get("/account/{name}", dependencies=[PUBLIC])
async def from_letter(name: LinkPage) -> Response:
    """Where the links of letters lead."""
    return see_other(f"{HOME}/account/{name}")
