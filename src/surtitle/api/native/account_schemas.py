"""The JSON documents about accounts and sessions."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StrictBool, StringConstraints, model_validator

from surtitle.accounts.access import Role
from surtitle.accounts.registration import Registered
from surtitle.accounts.sessions import SignedIn
from surtitle.api.native.schemas import Document
from surtitle.db.account_models import Session, User
from surtitle.paging import Page

Email = Annotated[str, StringConstraints(max_length=320)]
# Longer than any that can be set: which is wrong is then told by the rules, or not at all.
Password = Annotated[SecretStr, Field(max_length=1024)]
LinkToken = Annotated[
    SecretStr, Field(min_length=1, max_length=200, description="From the link in the mail.")
]
Code = Annotated[
    str,
    StringConstraints(max_length=64),
    Field(description="Of the second factor, for accounts that have one: of the app, or a recovery code."),
]


class Wish(BaseModel):
    """Base of bodies that change an account: what is not known is refused, `role` and `state` first."""

    model_config = ConfigDict(extra="forbid")


class RegisterRequest(BaseModel):
    """Who wants an account. Other fields mean nothing: earlier systems' clients send some."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"email": "ada@example.org", "password": "a short sentence is best"}}
    )

    email: Email
    password: Password
    name: Annotated[str, StringConstraints(max_length=120)] | None = Field(
        None, description="Of the first profile."
    )
    invitation: Annotated[SecretStr, Field(max_length=200)] | None = Field(
        None, description="The token of an invitation."
    )


class RegisteredDocument(Document):
    """The same for an address that has an account: then its owner gets a mail, and `id` is nobody's."""

    id: UUID
    email: str
    status: Literal["registered", "confirmation-sent"] = Field(
        description="`confirmation-sent`: the account works once the link in the mail was followed."
    )

    @classmethod
    def of(cls, registered: Registered) -> "RegisteredDocument":
        status: Literal["registered", "confirmation-sent"] = (
            "confirmation-sent" if registered.to_be_confirmed else "registered"
        )
        return cls(id=registered.user_id, email=registered.email, status=status)


class LoginRequest(BaseModel):
    """Who signs in. Other fields mean nothing."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"email": "ada@example.org", "password": "a short sentence is best"}}
    )

    email: Email | None = None
    username: Email | None = Field(None, description="Another name for `email`.")
    password: Password
    code: Code | None = None
    cookies: StrictBool = Field(
        False, description="For pages in a browser: the tokens come as cookies, not in the answer."
    )

    @model_validator(mode="after")
    def _names_somebody(self) -> "LoginRequest":
        if not self.name:
            raise ValueError("give `email` and `password`")
        return self

    @property
    def name(self) -> str:
        return self.email or self.username or ""


class RefreshRequest(BaseModel):
    """Without a body the browser's cookie is taken."""

    refresh_token: Annotated[SecretStr, Field(max_length=4096)] | None = None


class SignedInDocument(Document):
    """A session. With cookies the tokens are null, and `csrf_token` goes into the header `X-CSRF-Token`."""

    access_token: str | None
    refresh_token: str | None = Field(description="Works once; the answer to it holds the next one.")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - RFC 6749's word
    expires_in: int = Field(description="Seconds that the access token works.")
    refresh_expires_in: int = Field(description="Seconds that the refresh token works.")
    session_id: UUID
    csrf_token: str | None = None

    @classmethod
    def of(cls, signed_in: SignedIn, *, csrf_token: str | None = None) -> "SignedInDocument":
        return cls(
            access_token=None if csrf_token else signed_in.access_token,
            refresh_token=None if csrf_token else signed_in.refresh_token,
            expires_in=int(signed_in.access_seconds),
            refresh_expires_in=int(signed_in.refresh_seconds),
            session_id=signed_in.session_id,
            csrf_token=csrf_token,
        )


class UserDocument(Document):
    """An account. `email` is null once the person was erased."""

    id: UUID
    email: str | None
    role: Role
    state: str = Field(description="`active`, `unconfirmed`, `blocked` or `erased`.")
    second_factor: bool
    default_project_id: UUID | None
    created_at: datetime
    last_login_at: datetime | None

    @classmethod
    def of(cls, user: User) -> "UserDocument":
        return cls(
            id=user.id,
            email=user.email,
            role=Role(user.role),
            state=user.state,
            second_factor=user.totp_confirmed_at is not None,
            default_project_id=user.default_project_id,
            created_at=user.created_at,
            last_login_at=user.last_login_at,
        )


class UserPage(Document):
    """Accounts, the newest first."""

    items: list[UserDocument]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, page: Page[User]) -> "UserPage":
        return cls(items=[UserDocument.of(user) for user in page.items], next_cursor=page.next_cursor)


class AccountChanges(Wish):
    """What is left out stays. A new `email` needs the password, and is theirs once its mail was answered."""

    email: Email | None = None
    password: Password | None = Field(None, description="The present one.")
    default_project_id: UUID | None = None

    @model_validator(mode="after")
    def _proves_itself(self) -> "AccountChanges":
        if self.email is not None and self.password is None:
            raise ValueError("to change the e-mail, give `password` too")
        return self


class UserChanges(Wish):
    """What an administrator changes. What is left out stays."""

    role: Role | None = None
    state: Literal["active", "blocked"] | None = None


class PasswordChange(Wish):
    """A new password, proved by the present one."""

    current_password: Password
    new_password: Password


class ResetRequest(Wish):
    """Who has forgotten the password."""

    email: Email


class ResetConfirmation(Wish):
    """The link's token, and the new password."""

    token: LinkToken
    password: Password


class EmailConfirmation(Wish):
    """The link's token."""

    token: LinkToken


class SetupRequest(Wish):
    """The first administrator, with the token from the server's log."""

    token: LinkToken
    email: Email
    password: Password


class AcceptedDocument(Document):
    """Taken note of; what follows, if anything, comes by mail."""

    detail: str


class SessionDocument(BaseModel):
    """A sign-in that goes on."""

    id: UUID
    kind: str = Field(description="`token`: a program; `browser`: cookies.")
    address: str | None
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool = Field(description="Whether this request came in it.")

    @classmethod
    def of(cls, session: Session, current: UUID | None) -> "SessionDocument":
        return cls(
            id=session.id,
            kind=session.kind,
            address=session.address,
            user_agent=session.user_agent,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
            current=session.id == current,
        )


class SessionList(Document):
    """The person's sessions, the newest first."""

    items: list[SessionDocument]


class SessionsEnded(Document):
    """How many sessions were ended."""

    ended: int
