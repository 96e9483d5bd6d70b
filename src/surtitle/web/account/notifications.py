"""`/app/account/notifications`: which mails one gets."""

from fastapi import APIRouter, Request, Response

from surtitle.api.access import SignedIn
from surtitle.api.dependencies import Use
from surtitle.web.account.shared import NOTIFICATIONS, OwnPeople, done, section_page
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.unsubscribing import MAILS

router = APIRouter(prefix="/account/notifications", dependencies=[FORM_TOKEN])


@router.get("")
async def show_choices(request: Request, caller: SignedIn, use: Use, people: OwnPeople) -> Response:
    """A tick for each kind of mail."""
    chosen = await use.notifications.choices.of(caller)
    user = await people.users.get(caller.user_id)
    mails = [(event.value, MAILS[event], wanted) for event, wanted in chosen.items()]
    return await section_page(request, NOTIFICATIONS, "notifications.html", mails=mails, user=user)


@router.post("")
async def choose(request: Request, caller: SignedIn, use: Use, _people: OwnPeople) -> Response:
    """What is not ticked is not wanted."""
    ticked = (await request.form()).getlist("mail")
    await use.notifications.choices.set(caller, {event: event.value in ticked for event in MAILS})
    return done(NOTIFICATIONS)
