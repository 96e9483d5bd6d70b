"""Which mails one wants, and stopping them from a mail."""

from collections.abc import Mapping
from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from surtitle.api.access import PUBLIC, SignedIn
from surtitle.api.dependencies import Use
from surtitle.api.native.schemas import Document
from surtitle.api.openapi import problems
from surtitle.notifications.events import Event
from surtitle.notifications.unsubscribing import PATH

router = APIRouter(tags=["notifications"])

MailedEvent = Literal[Event.JOB_CREATED, Event.JOB_COMPLETED, Event.JOB_FAILED, Event.QUOTA]
Token = Annotated[str, Query(max_length=200, description="From the link in a mail.")]

_POLICY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Mails from Surtitle</title></head><body><h1>Mails from Surtitle</h1>{body}</body></html>"""
_TOLD = {
    Event.JOB_CREATED: "when a job of yours was accepted",
    Event.JOB_COMPLETED: "when a job of yours is done",
    Event.JOB_FAILED: "when a job of yours failed",
    Event.QUOTA: "when a quota of a project of yours is nearly used up",
}


class MailChoicesDocument(Document):
    """Which mails one gets. Letters about the account itself (a new password, say) always come."""

    mails: dict[MailedEvent, bool]

    @classmethod
    def of(cls, chosen: Mapping[Event, bool]) -> "MailChoicesDocument":
        return cls.model_validate({"mails": chosen})


class MailChoicesRequest(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"mails": {"job_created": False, "job_failed": True}}}
    )

    mails: dict[MailedEvent, bool] = Field(min_length=1)


@router.get("/api/users/me/notifications", responses=problems(409))
async def show_mail_choices(use: Use, caller: SignedIn) -> MailChoicesDocument:
    """Which mails one gets."""
    return MailChoicesDocument.of(await use.notifications.choices.of(caller))


@router.put("/api/users/me/notifications", responses=problems(409))
async def change_mail_choices(wish: MailChoicesRequest, use: Use, caller: SignedIn) -> MailChoicesDocument:
    """Want mails of these events, or not."""
    wanted = {Event(event): choice for event, choice in wish.mails.items()}
    return MailChoicesDocument.of(await use.notifications.choices.set(caller, wanted))


@router.post(
    PATH, dependencies=[PUBLIC], status_code=200, response_class=HTMLResponse, responses=problems(403)
)
async def unsubscribe(token: Token, use: Use) -> HTMLResponse:
    """Get no more mails of the kind that the link is in. Mail programs call it at one click (RFC 8058)."""
    event = await use.notifications.choices.unsubscribe(token)
    return _page(f"<p>You get no more mails {escape(_TOLD[event])}.</p>")


@router.get(PATH, dependencies=[PUBLIC], response_class=HTMLResponse, responses=problems(403))
async def unsubscribe_page(token: Token, use: Use) -> HTMLResponse:
    """A page that asks: programs that look at every link in a mail must change nothing by that."""
    _user_id, event = use.notifications.choices.named(token)
    return _page(
        f"<p>Do you want no more mails {escape(_TOLD[event])}?</p>"
        f'<form method="post" action="{PATH}?token={escape(token)}"><button>No more of them</button></form>'
    )


def _page(body: str) -> HTMLResponse:
    headers = {
        "Content-Security-Policy": _POLICY,
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(_PAGE.format(body=body), headers=headers)
