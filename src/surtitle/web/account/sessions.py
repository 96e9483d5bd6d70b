"""`/app/account/sessions`: where one is signed in, and signing out there."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from surtitle.api.access import SignedIn
from surtitle.api.browser_sessions import take_back
from surtitle.api.dependencies import Address
from surtitle.web.account.devices import device_of
from surtitle.web.account.shared import SESSIONS, OwnPeople, done, section_page
from surtitle.web.forms import FORM_TOKEN, HOME, see_other

router = APIRouter(prefix="/account/sessions", dependencies=[FORM_TOKEN])


@router.get("")
async def list_sessions(request: Request, caller: SignedIn, people: OwnPeople) -> Response:
    """All that go on, this one first."""
    user = await people.users.get(caller.user_id)
    found = await people.sessions.of(user.id)
    return await section_page(
        request,
        SESSIONS,
        "sessions.html",
        sessions=[
            (one, device_of(one.user_agent), one.id == caller.session_id)
            for one in sorted(found, key=lambda one: one.id != caller.session_id)
        ],
    )


@router.post("/end-others")
async def end_others(caller: SignedIn, people: OwnPeople, address: Address) -> Response:
    """Sign out everywhere but here."""
    await people.sessions.sign_out_elsewhere(caller, address)
    return done(SESSIONS, "others")


@router.post("/{session_id}/end")
async def end_session(
    session_id: UUID, request: Request, caller: SignedIn, people: OwnPeople, address: Address
) -> Response:
    """Sign out there; for this browser's own session that is signing out."""
    await people.sessions.end(caller, session_id, address)
    if session_id != caller.session_id:
        return done(SESSIONS, "session")
    answer = see_other(f"{HOME}/sign-in?done=out")
    take_back(request, answer)
    return answer
