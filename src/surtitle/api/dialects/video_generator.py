"""The Video generator's way of asking for films. Its paths are the native ones: what differs is that no
recipe is named, how options are called, and how states are spelled. See docs/user/films.md.
"""

import re
from enum import StrEnum
from typing import Any
from uuid import UUID

from fastapi import Request

from surtitle.accounts.access import NotAllowed, Principal, Role, require_role
from surtitle.accounts.links import DEFAULT_SECONDS
from surtitle.api.auditing import Auditing, Noted
from surtitle.api.client_address import public_base
from surtitle.api.services import Services
from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState
from surtitle.jobs.service import JobDetail

SURFACE = "video-generator"

_STATUS = {
    JobState.CREATED: "pending",
    JobState.QUEUED: "pending",
    JobState.RUNNING: "processing",
    JobState.SUCCEEDED: "succeeded",
    JobState.FAILED: "failed",
    # It knew no cancelling; for its clients a cancelled job is one that will give no film.
    JobState.CANCELLED: "failed",
}


class WantedStatus(StrEnum):
    """What lists of jobs can be filtered by: the native states, and two words of its own."""

    CREATED = "created"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PENDING = "pending"
    PROCESSING = "processing"

    @property
    def states(self) -> frozenset[JobState]:
        match self:
            case WantedStatus.PENDING:
                return frozenset({JobState.CREATED, JobState.QUEUED})
            case WantedStatus.PROCESSING:
                return frozenset({JobState.RUNNING})
            case WantedStatus.FAILED:
                # As it spells its own cancelled jobs; `cancelled_of` leaves out those of others.
                return frozenset({JobState.FAILED, JobState.CANCELLED})
            case _:
                return frozenset({JobState(self.value)})

    @property
    def cancelled_of(self) -> str | None:
        """Whose cancelled jobs alone are wanted; None: everybody's."""
        return SURFACE if self is WantedStatus.FAILED else None


_VOICE_OVER = {"true": "local", "on": "local", "yes": "local", "false": "off", "no": "off", "none": "off"}
_SIZE = re.compile(r"(\d{3,4})\s*[xX*]\s*(\d{3,4})")
_FILM = "film.mp4"


def status_of(job: Job) -> str:
    """The job's state, in the words of the surface that made it."""
    state = JobState(job.state)
    return _STATUS[state] if job.surface == SURFACE else state.value


def film_options(raw: dict[str, Any]) -> dict[str, Any]:
    """Options as its clients write them, by their names here; anything else stays as it is, to be checked."""
    options = dict(raw)
    for older in ("voiceover", "voice-over"):
        if older in options:
            options.setdefault("voice_over", options.pop(older))
    if "duration" in options:
        options.setdefault("duration_seconds", options.pop("duration"))
    if "voice_over" in options:
        told = str(options["voice_over"]).strip().lower()
        options["voice_over"] = _VOICE_OVER.get(told, options["voice_over"])
    if "resolution" in options:
        options.update(_resolution(options["resolution"], options))
    return options


def _resolution(told: object, options: dict[str, Any]) -> dict[str, Any]:
    """`1920x1080` as the shorter side and the shape; `1080` as `1080p`."""
    if isinstance(told, int) or (isinstance(told, str) and told.strip().isdigit()):
        return {"resolution": f"{str(told).strip()}p"}
    found = _SIZE.fullmatch(told.strip()) if isinstance(told, str) else None
    if found is None:
        return {}
    width, height = int(found[1]), int(found[2])
    shape = "1:1" if width == height else "16:9" if width > height else "9:16"
    return {"resolution": f"{min(width, height)}p", "aspect": options.get("aspect", shape)}


def require_may_retry(caller: Principal, job: Job) -> None:
    """Whoever asked there for a film could not run it again; an administrator could."""
    if job.surface == SURFACE:
        require_role(caller, Role.ADMIN)


def may_retry(caller: Principal, job: Job) -> bool:
    """Whether `require_may_retry` lets them."""
    try:
        require_may_retry(caller, job)
    except NotAllowed:
        return False
    return True


async def result_url(use: Services, request: Request, detail: JobDetail) -> str | None:
    """A link that plays the film, once there is one and the job came from there. The trail is told of it,
    though not each time: clients ask again and again.
    """
    if detail.job.surface != SURFACE or detail.job.state != JobState.SUCCEEDED:
        return None
    film = next((artifact for artifact in detail.artifacts if artifact.name == _FILM), None)
    if film is None:
        return None
    auditing: Auditing = request.app.state.auditing
    told = {"name": film.name, "seconds": DEFAULT_SECONDS}
    await auditing.tell(request, "link.created", "job", Noted(detail.job.id, told))
    film_id: UUID = film.id
    return public_base(request) + use.links.sign(film_id, film.name, DEFAULT_SECONDS).path
