"""`/app/projects/{project_id}/retention`: how long a project keeps what, and what would go by other rules."""

from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response

from surtitle.accounts.keeping_rules import Days, KeepingRules
from surtitle.api.access import MANAGES, READS, Caller
from surtitle.api.dependencies import Address, Use
from surtitle.api.native.retention import RetentionRequest
from surtitle.domain.keeping import KeptKind
from surtitle.errors import Invalid
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.project.frame import Done, done_in, project_page
from surtitle.web.sentences import Refusal

router = APIRouter(prefix="/projects/{project_id}/retention", dependencies=[FORM_TOKEN])

_DONE = {"saved": _("These rules are in force. What is older goes at the next midnight (UTC).")}

KIND_NAMES = {
    KeptKind.EVERYTHING: _("Everything"),
    KeptKind.RECORDING: _("Recordings"),
    KeptKind.CAPTIONED_VIDEO: _("Captioned videos"),
    KeptKind.FILM: _("Films"),
    KeptKind.SUBTITLES: _("Subtitles"),
    KeptKind.TRANSCRIPT: _("Transcripts and minutes"),
    KeptKind.WORKING_FILE: _("Working files"),
}

THING_NAMES = {
    "recordings": _("Recordings"),
    "jobs": _("Jobs"),
    "files": _("Files"),
    "transcripts": _("Transcripts"),
}
"""What a preview counts; see `accounts.ageing.Going`."""

Way = Literal["", "ever", "days"]
"""Of a kind: no rule of its own, kept for ever, or for so many days."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the form. `name` is to be translated; `days` are what the field holds."""

    kind: KeptKind
    name: str
    way: Way
    days: str
    in_force: int | None
    """By which it goes at present; None: for ever."""


async def _wanted(request: Request) -> dict[KeptKind, int | None]:
    """The rules in the form. Raises `Invalid` for a number of days that is none."""
    form = await request.form()
    found: dict[str, str | None] = {}
    for kind in KeptKind:
        way, days = form.get(f"way-{kind}"), form.get(f"days-{kind}")
        if way == "ever":
            found[kind] = None
        elif way == "days":
            found[kind] = str(days or "").strip()
    try:
        return RetentionRequest.model_validate({"days": found}).days
    except ValueError:
        raise Invalid("Give whole numbers of days, from 1 to 36500.", field="days") from None


@router.get("", dependencies=[READS])
async def show_retention(project_id: UUID, request: Request, use: Use, done: Done = "") -> Response:
    """The rules, and a form for those who may change them."""
    rules = await use.data_protection.retention.rules.of(project_id)
    return await _rules(request, project_id, rules, done=_DONE.get(done, ""))


@router.post("/preview", dependencies=[MANAGES])
async def preview_retention(project_id: UUID, request: Request, use: Use) -> Response:
    """What would go now by the rules of the form. Nothing is changed yet."""
    retention = use.data_protection.retention
    rules = await retention.rules.of(project_id)
    try:
        wanted = replace(rules, own=await _wanted(request))
    except Invalid as error:
        form = await request.form()
        return await _rules(request, project_id, rules, refusal=Refusal.of(error, "rules"), typed=dict(form))
    would_go = await retention.would_go(project_id, wanted.plan())
    return await project_page(
        request,
        project_id,
        "retention_preview.html",
        rules=_lines(wanted),
        would_go=would_go,
        thing_names=THING_NAMES,
    )


@router.post("", dependencies=[MANAGES])
async def save_retention(
    *, project_id: UUID, request: Request, use: Use, caller: Caller, address: Address
) -> Response:
    """Make these the project's own rules, whole."""
    rules = use.data_protection.retention.rules
    await rules.set(caller, project_id, await _wanted(request), address)
    return done_in(project_id, "/retention", "saved")


async def _rules(
    request: Request,
    project_id: UUID,
    rules: KeepingRules,
    *,
    typed: dict[str, Any] | None = None,
    **shown: Any,
) -> Response:
    return await project_page(
        request, project_id, "retention.html", rules=_lines(rules, typed or {}), **shown
    )


def _lines(rules: KeepingRules, typed: dict[str, Any] | None = None) -> list[Rule]:
    return [_line(kind, rules, typed or {}) for kind in KeptKind]


def _line(kind: KeptKind, rules: KeepingRules, typed: dict[str, Any]) -> Rule:
    own = rules.own
    way: Way = "" if kind not in own else "ever" if own[kind] is None else "days"
    days = own.get(kind)
    return Rule(
        kind,
        KIND_NAMES[kind],
        typed.get(f"way-{kind}", way),
        typed.get(f"days-{kind}", "" if days is None else str(days)),
        _in_force(rules.in_force, kind),
    )


def _in_force(days: Days, kind: KeptKind) -> int | None:
    return days.get(kind, days.get(KeptKind.EVERYTHING))
