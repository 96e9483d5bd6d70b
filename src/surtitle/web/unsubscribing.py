"""`/app/unsubscribe`: no more mails of one kind, by the link in one of them, without signing in."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from surtitle.api.access import PUBLIC
from surtitle.api.dependencies import Use
from surtitle.notifications.events import Event
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import HOME
from surtitle.web.pages import page

ADDRESS = f"{HOME}/unsubscribe"

MAILS = {
    Event.JOB_CREATED: _("A job of yours was accepted"),
    Event.JOB_COMPLETED: _("A job of yours is done"),
    Event.JOB_FAILED: _("A job of yours failed"),
    Event.QUOTA: _("A quota of a project of yours is nearly used up"),
}
"""What there are mails of, as people read it."""

router = APIRouter()

_MOST_CHARACTERS = 200


@router.get("/unsubscribe", dependencies=[PUBLIC])
async def ask(
    request: Request, use: Use, token: Annotated[str, Query(max_length=_MOST_CHARACTERS)]
) -> Response:
    """A page that asks: programs that look at every link in a mail must change nothing by that."""
    _user_id, event = use.notifications.choices.named(token)
    return await page(request, "unsubscribe.html", token=token, mail=MAILS[event], stopped=False)


@router.post("/unsubscribe", dependencies=[PUBLIC])
async def unsubscribe(
    request: Request, use: Use, token: Annotated[str, Form(max_length=_MOST_CHARACTERS)]
) -> Response:
    """Stop them."""
    event = await use.notifications.choices.unsubscribe(token)
    return await page(request, "unsubscribe.html", token=token, mail=MAILS[event], stopped=True)
