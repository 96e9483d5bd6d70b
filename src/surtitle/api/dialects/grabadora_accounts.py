"""Grabadora's accounts, word for word: `POST /users` and OAuth2's password flow (RFC 6749, section 4.3)."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, SecretStr

from surtitle.accounts.registration import NewPerson
from surtitle.accounts.sign_in import Credentials
from surtitle.api.access import PUBLIC
from surtitle.api.asked_language import asked_language
from surtitle.api.dependencies import Accounts, Address
from surtitle.api.native.account_schemas import Code, Email, Password
from surtitle.api.native.sessions import visitor
from surtitle.api.openapi import problems

router = APIRouter(tags=["grabadora"])


class NewUser(BaseModel):
    """Other fields mean nothing."""

    email: Email
    password: Password


class User(BaseModel):
    """For an address that has an account the same: then its owner gets a mail, and `id` is nobody's."""

    id: UUID
    email: str


class Token(BaseModel):
    """For the header `Authorization: Bearer`. `refresh_token` renews it at `POST /api/token/refresh`."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - RFC 6749's word
    expires_in: int
    refresh_token: str


@router.post("/users", dependencies=[PUBLIC], status_code=201, responses=problems(409, 429))
async def create_user(wish: NewUser, request: Request, people: Accounts, address: Address) -> User:
    """Make an account."""
    language = asked_language(request)
    person = NewPerson(wish.email, wish.password.get_secret_value(), language=language)
    registered = await people.registration.register(person, address)
    return User(id=registered.user_id, email=registered.email)


@router.post("/auth/token", dependencies=[PUBLIC], responses=problems(409, 429))
async def token(
    request: Request,
    people: Accounts,
    *,
    username: Annotated[Email, Form(description="The e-mail.")],
    password: Annotated[SecretStr, Form(max_length=1024)],
    grant_type: Annotated[Literal["password"], Form()] = "password",
    code: Annotated[Code | None, Form()] = None,
) -> Token:
    """Sign in with a form."""
    del grant_type  # there is one; another is refused
    offered = Credentials(username, password.get_secret_value(), code)
    signed_in = await people.sign_in.with_password(offered, visitor(request))
    return Token(
        access_token=signed_in.access_token,
        expires_in=int(signed_in.access_seconds),
        refresh_token=signed_in.refresh_token,
    )
