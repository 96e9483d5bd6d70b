"""`/app/register`, and `/app/forgotten`: asking for a link to set a new password."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field, SecretStr, StringConstraints

from surtitle.accounts.people import People
from surtitle.accounts.registration import NewPerson
from surtitle.api.access import PUBLIC
from surtitle.api.dependencies import Accounts, Address
from surtitle.api.native.account_schemas import Email, Password
from surtitle.errors import SurtitleError
from surtitle.web.forms import FORM_TOKEN, HOME, see_other
from surtitle.web.pages import page
from surtitle.web.preferences import remember
from surtitle.web.sentences import Refusal
from surtitle.web.view import LANGUAGE_COOKIE, view_of

router = APIRouter(dependencies=[FORM_TOKEN])


class RegisterForm(BaseModel):
    """Who wants an account; `token` is that of an invitation."""

    email: Email
    password: Password
    name: Annotated[str, StringConstraints(max_length=120)] = ""
    token: Annotated[SecretStr, Field(max_length=200)] = SecretStr("")

    def person(self, language: str) -> NewPerson:
        invitation = self.token.get_secret_value().strip() or None
        password = self.password.get_secret_value()
        return NewPerson(self.email, password, self.name or None, invitation, language)


class ForgottenForm(BaseModel):
    """Whose password is lost."""

    email: Email


@router.get("/register", dependencies=[PUBLIC])
async def show_registration(request: Request, _people: Accounts) -> Response:
    """The form."""
    return await page(request, "register.html", email="", name="")


@router.post("/register", dependencies=[PUBLIC])
async def register(
    form: Annotated[RegisterForm, Form()], request: Request, people: Accounts, address: Address
) -> Response:
    """Make an account."""
    try:
        person = form.person((await view_of(request)).language)
        return await registered(request, people, person, address)
    except SurtitleError as error:
        return await page(
            request, "register.html", refusal=Refusal.of(error), email=form.email, name=form.name
        )


async def registered(request: Request, people: People, person: NewPerson, address: str) -> Response:
    """Register, and say what comes next; raises what `Registration.register` raises."""
    done = await people.registration.register(person, address)
    if done.to_be_confirmed:
        return await page(request, "look_in_mail.html", email=done.email, about="registration")
    answer = see_other(f"{HOME}/sign-in?done=registered")
    # Until they are signed in, nobody knows their profile.
    remember(request, answer, LANGUAGE_COOKIE, person.language)
    return answer


@router.get("/forgotten", dependencies=[PUBLIC])
async def show_forgotten(request: Request, _people: Accounts) -> Response:
    """The form."""
    return await page(request, "forgotten.html", email="")


@router.post("/forgotten", dependencies=[PUBLIC])
async def ask_for_link(
    form: Annotated[ForgottenForm, Form()], request: Request, people: Accounts, address: Address
) -> Response:
    """Ask for the link. The answer does not tell whether there is such an account."""
    try:
        await people.password_resets.ask(form.email, address)
    except SurtitleError as error:
        return await page(request, "forgotten.html", refusal=Refusal.of(error), email=form.email)
    return await page(request, "look_in_mail.html", email=form.email, about="password")
