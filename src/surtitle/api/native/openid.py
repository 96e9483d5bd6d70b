"""`/api/openid`: signing in through the OpenID Connect provider, and one's identities there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Cookie, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, SecretStr, StringConstraints

from surtitle.accounts.identities import LinkedIdentity
from surtitle.accounts.openid import MOST_SECONDS, Arrived, Begun, Return
from surtitle.accounts.second_factor import SecondFactorRequired
from surtitle.accounts.sessions import SessionKind
from surtitle.api.access import PUBLIC, SignedIn
from surtitle.api.browser_sessions import hand_over
from surtitle.api.client_address import public_base
from surtitle.api.dependencies import Accounts, Address, Use
from surtitle.api.native.account_schemas import Code, Password, Wish
from surtitle.api.native.schemas import Document
from surtitle.api.native.sessions import visitor
from surtitle.api.openapi import problems
from surtitle.api.problems import problem_response, status_of

router = APIRouter(tags=["openid"])

HERE = "/api/openid"
CALLBACK = f"{HERE}/callback"
PENDING_COOKIE = "surtitle_openid"
AWAITING_COOKIE = "surtitle_openid_code"

_REDIRECT = "To the provider, or back."
Next = Annotated[
    str, StringConstraints(max_length=500), Field(description="A path of this server, to go to in the end.")
]
Pending = Annotated[str, Cookie(alias=PENDING_COOKIE, include_in_schema=False)]
Awaiting = Annotated[str, Cookie(alias=AWAITING_COOKIE, include_in_schema=False)]
"""Of a browser whose person still has to give the code."""


class OpenIdDocument(Document):
    """The provider's button on a login page."""

    enabled: bool
    name: str
    login: str = Field(description="Where the button leads.")


class OpenIdRequest(Wish):
    """Where to go in the end, and an invitation if one is needed."""

    next: Next = "/"
    invitation: Annotated[SecretStr, Field(max_length=200)] | None = None


class LinkRequest(Wish):
    """The present password, of accounts that have one."""

    password: Password | None = None
    next: Next = "/"


class AuthorizationDocument(Document):
    """Where the browser goes. It finishes in this browser, within ten minutes."""

    authorization_url: str


class CodeRequest(Wish):
    """The code of the second factor."""

    code: Code


class ArrivedDocument(Document):
    """Signed in, by cookies."""

    session_id: UUID
    csrf_token: str = Field(description="For the header `X-CSRF-Token`.")
    next: str


class IdentityDocument(BaseModel):
    """Who one is at a provider."""

    id: str
    issuer: str
    created_at: datetime

    @classmethod
    def of(cls, identity: LinkedIdentity) -> "IdentityDocument":
        return cls(id=identity.id, issuer=identity.issuer, created_at=identity.created_at)


class IdentityList(Document):
    """One's identities, the oldest first."""

    items: list[IdentityDocument]

    @classmethod
    def of(cls, identities: Sequence[LinkedIdentity]) -> "IdentityList":
        return cls(items=[IdentityDocument.of(identity) for identity in identities])


@router.get(HERE, dependencies=[PUBLIC])
async def show_openid(use: Use) -> OpenIdDocument:
    """Whether one can sign in through a provider, and what it is called."""
    settings = use.settings
    enabled = settings.openid.issuer is not None and settings.server.auth == "required"
    return OpenIdDocument(enabled=enabled, name=settings.openid.name, login=f"{HERE}/login")


@router.get(
    f"{HERE}/login",
    dependencies=[PUBLIC],
    status_code=302,
    response_class=RedirectResponse,
    responses={302: {"description": _REDIRECT}, **problems(404, 409, 503)},
)
async def go_to_provider(
    request: Request,
    people: Accounts,
    next_path: Annotated[str, Query(alias="next", max_length=500, description="As in `POST`.")] = "/",
) -> Response:
    """For links and buttons: send this browser to the provider."""
    begun = await people.openid.begin(public_base(request) + CALLBACK, next_path)
    return keeping(request, RedirectResponse(begun.url, status_code=302), begun)


@router.post(f"{HERE}/login", dependencies=[PUBLIC], responses=problems(404, 409, 503))
async def begin_openid(
    wish: OpenIdRequest, request: Request, response: Response, people: Accounts
) -> AuthorizationDocument:
    """For pages and programs: where to send the browser. The cookie that comes along must come back."""
    invitation = wish.invitation.get_secret_value() if wish.invitation else None
    begun = await people.openid.begin(public_base(request) + CALLBACK, wish.next, invitation=invitation)
    keeping(request, response, begun)
    return AuthorizationDocument(authorization_url=begun.url)


@router.get(
    CALLBACK,
    dependencies=[PUBLIC],
    status_code=303,
    response_class=RedirectResponse,
    responses={303: {"description": _REDIRECT}, **problems(404, 409, 503)},
)
async def come_back(
    *,
    request: Request,
    people: Accounts,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str | None, Query(max_length=2000)] = None,
    error: Annotated[str | None, Query(max_length=200)] = None,
    pending: Pending = "",
) -> Response:
    """Where the provider sends the browser back to. It is signed in then; 401 while a code is awaited."""
    back = Return(pending, state, code, error)
    arrived = await people.openid.finish(back, visitor(request, SessionKind.BROWSER))
    response = _received(request, arrived)
    response.delete_cookie(PENDING_COOKIE, path=HERE)
    return response


@router.post(f"{HERE}/second-factor", dependencies=[PUBLIC], responses=problems(409, 429))
async def finish_with_code(
    wish: CodeRequest,
    request: Request,
    response: Response,
    people: Accounts,
    awaiting: Awaiting = "",
) -> ArrivedDocument:
    """After a 401 `second-factor-required` of the callback: the code, in the same browser."""
    arrived = await people.openid.finish_with_code(awaiting, wish.code, visitor(request, SessionKind.BROWSER))
    assert arrived.signed_in is not None
    csrf_token = hand_over(request, response, arrived.signed_in)
    response.delete_cookie(AWAITING_COOKIE)
    return ArrivedDocument(
        session_id=arrived.signed_in.session_id, csrf_token=csrf_token, next=arrived.next_path
    )


@router.get("/api/users/me/identities", responses=problems(409))
async def list_identities(people: Accounts, caller: SignedIn) -> IdentityList:
    """Who one is at the provider."""
    return IdentityList.of(await people.identities.of(caller))


@router.post("/api/users/me/identities", responses=problems(404, 409, 429, 503))
async def link_identity(
    *,
    wish: LinkRequest,
    request: Request,
    response: Response,
    people: Accounts,
    caller: SignedIn,
    address: Address,
) -> AuthorizationDocument:
    """Begin to link one's account with the provider: send the browser to the address in the answer."""
    password = wish.password.get_secret_value() if wish.password else ""
    begun = await people.openid.begin_link(
        caller, password, public_base(request) + CALLBACK, wish.next, address
    )
    keeping(request, response, begun)
    return AuthorizationDocument(authorization_url=begun.url)


@router.delete("/api/users/me/identities/{identity_id}", status_code=204, responses=problems(404, 409))
async def unlink_identity(identity_id: str, people: Accounts, caller: SignedIn, address: Address) -> Response:
    """Sign in so no more."""
    await people.identities.unlink(caller, identity_id, address)
    return Response(status_code=204)


def keeping(request: Request, response: Response, begun: Begun) -> Response:
    """With the cookie without which nobody can finish what this browser began."""
    return _with_cookie(request, response, PENDING_COOKIE, begun.pending)


def _received(request: Request, arrived: Arrived) -> Response:
    if arrived.awaiting is not None:
        error = SecondFactorRequired()
        refusal = problem_response(
            request.scope,
            status_of(error),
            error.slug,
            f"Send the code of your second factor to `POST {HERE}/second-factor`, from this browser.",
        )
        # Pages ask for the code too, and they lie elsewhere.
        return _with_cookie(request, refusal, AWAITING_COOKIE, arrived.awaiting, path="/")
    response = RedirectResponse(arrived.next_path, status_code=303)
    if arrived.signed_in is not None:
        hand_over(request, response, arrived.signed_in)
    return response


def _with_cookie(request: Request, response: Response, name: str, sealed: str, path: str = HERE) -> Response:
    response.set_cookie(
        name,
        sealed,
        max_age=MOST_SECONDS,
        path=path,
        httponly=True,
        # The provider's page sends the browser here: "strict" would keep the cookie back.
        samesite="lax",
        secure=public_base(request).startswith("https://"),
    )
    return response
