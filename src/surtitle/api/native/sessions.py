"""`/api/login`, `/api/token/refresh`, `/api/logout`, and the list of one's sessions."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from surtitle.accounts.errors import BadRefreshToken
from surtitle.accounts.sessions import SessionKind
from surtitle.accounts.sign_in import Credentials, Visitor
from surtitle.api.access import PUBLIC, SignedIn
from surtitle.api.asked_language import asked_language
from surtitle.api.browser_sessions import hand_over, refresh_token_of, take_back
from surtitle.api.client_address import address_of
from surtitle.api.dependencies import Accounts, Address
from surtitle.api.native.account_schemas import (
    LoginRequest,
    RefreshRequest,
    SessionDocument,
    SessionList,
    SessionsEnded,
    SignedInDocument,
)
from surtitle.api.openapi import problems

router = APIRouter(tags=["sessions"])


def visitor(request: Request, kind: SessionKind = SessionKind.TOKEN) -> Visitor:
    """Where a sign-in comes from."""
    return Visitor(address_of(request), request.headers.get("user-agent"), kind, asked_language(request))


@router.post("/api/login", dependencies=[PUBLIC], responses=problems(409, 429))
async def log_in(
    wish: LoginRequest, request: Request, response: Response, people: Accounts
) -> SignedInDocument:
    """Sign in. Send the access token as `Authorization: Bearer`, or use `cookies` in a browser."""
    kind = SessionKind.BROWSER if wish.cookies else SessionKind.TOKEN
    offered = Credentials(wish.name, wish.password.get_secret_value(), wish.code)
    signed_in = await people.sign_in.with_password(offered, visitor(request, kind))
    csrf_token = hand_over(request, response, signed_in) if wish.cookies else None
    return SignedInDocument.of(signed_in, csrf_token=csrf_token)


@router.post("/api/token/refresh", dependencies=[PUBLIC], responses=problems(409))
async def refresh(
    request: Request,
    response: Response,
    people: Accounts,
    address: Address,
    wish: RefreshRequest | None = None,
) -> SignedInDocument:
    """New tokens for a refresh token, which works once; by cookie with the header `X-CSRF-Token`."""
    if wish is not None and wish.refresh_token is not None:
        token = wish.refresh_token.get_secret_value()
        return SignedInDocument.of(await people.sessions.refresh(token, address))
    kept = await refresh_token_of(request)
    if kept is None:
        raise BadRefreshToken
    signed_in = await people.sessions.refresh(kept, address)
    return SignedInDocument.of(signed_in, csrf_token=hand_over(request, response, signed_in))


@router.post("/api/logout", status_code=204, responses=problems(409))
async def log_out(request: Request, people: Accounts, caller: SignedIn, address: Address) -> Response:
    """End this session; its tokens work no more."""
    if caller.session_id is not None:
        await people.sessions.end(caller, caller.session_id, address)
    return _signed_out(request, Response(status_code=204))


@router.get("/api/users/me/sessions", responses=problems(409))
async def list_sessions(people: Accounts, caller: SignedIn) -> SessionList:
    """Where one is signed in."""
    user = await people.users.get(caller.user_id)
    found = await people.sessions.of(user.id)
    return SessionList(items=[SessionDocument.of(session, caller.session_id) for session in found])


@router.delete("/api/users/me/sessions/{session_id:uuid}", status_code=204, responses=problems(404, 409))
async def end_session(session_id: UUID, people: Accounts, caller: SignedIn, address: Address) -> Response:
    """Sign out there."""
    await people.sessions.end(caller, session_id, address)
    return Response(status_code=204)


@router.post("/api/users/me/sessions/end-all", responses=problems(409))
async def end_all_sessions(
    request: Request, response: Response, people: Accounts, caller: SignedIn, address: Address
) -> SessionsEnded:
    """Sign out everywhere, here too."""
    ended = await people.sessions.sign_out_everywhere(caller, address)
    _signed_out(request, response)
    return SessionsEnded(ended=ended)


def _signed_out(request: Request, response: Response) -> Response:
    take_back(request, response)
    return response
