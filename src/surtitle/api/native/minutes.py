"""What came of a meeting: decisions, actions and questions, each with the moment that it rests on."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from surtitle.api.access import ReadsProject
from surtitle.api.auditing import audited
from surtitle.api.dependencies import Use
from surtitle.api.native.schemas import Document
from surtitle.api.openapi import problems
from surtitle.domain.minutes import Minutes

router = APIRouter(tags=["results"])


class MinutesDocument(Document):
    """The minutes of a job. Times are seconds from the start of the recording."""

    job_id: UUID
    minutes: Minutes
    links: dict[str, str] = Field(description="`markdown`: the same for people, as it was made.")

    @classmethod
    def of(cls, job_id: UUID, minutes: Minutes) -> "MinutesDocument":
        here = f"/api/jobs/{job_id}"
        links = {"self": f"{here}/minutes", "job": here, "markdown": f"{here}/artifacts/minutes.md"}
        return cls(job_id=job_id, minutes=minutes, links=links)


@router.get(
    "/api/jobs/{job_id}/minutes",
    dependencies=[audited("minutes.seen", "job")],
    responses=problems(404, 409),
)
async def show_minutes(job_id: UUID, use: Use, project: ReadsProject) -> MinutesDocument:
    """The minutes of a meeting, as soon as they are made; `method` says whether a model wrote them."""
    return MinutesDocument.of(job_id, await use.results.minutes(project, job_id))
