"""For those who run Surtitle: health, figures, and what a problem's type means."""

from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from surtitle.api.access import PUBLIC, READS_METRICS
from surtitle.api.dependencies import Use
from surtitle.api.native.schemas import Alive, Check, ProblemKind, Ready
from surtitle.api.openapi import problems
from surtitle.api.problems import explanations, problem_response
from surtitle.errors import NotFound
from surtitle.jobs.readiness import lacking

router = APIRouter(tags=["operation"])


@router.get("/health/live", dependencies=[PUBLIC])
async def tell_alive() -> Alive:
    """The process answers. Restart it when it does not."""
    return Alive()


@router.get("/health/ready", dependencies=[PUBLIC], response_model=Ready, responses=problems(503))
async def tell_ready(request: Request, use: Use) -> Ready | Response:
    """Whether this server can do its part: database, store, hub, workers, and the model where it has workers
    of its own. What is not ready is told, with why.
    """
    checks = await use.readiness.look(serves=True, works=use.settings.server.workers > 0)
    told = [Check(**asdict(check)) for check in checks]
    if wrong := lacking(checks):
        documents = [check.model_dump() for check in told]
        return problem_response(request.scope, 503, "not-ready", " ".join(wrong), checks=documents)
    return Ready(status="ready" if all(check.ready for check in checks) else "degraded", checks=told)


@router.get(
    "/metrics",
    dependencies=[READS_METRICS],
    response_class=Response,
    responses={200: {"description": "Figures for Prometheus.",
                     "content": {"text/plain": {"schema": {"type": "string"}}}}},
)  # fmt: skip
async def show_metrics(use: Use) -> Response:
    """This server and the whole installation in figures, in Prometheus' text format. What cannot be read
    just now is left out.
    """
    return Response(await use.scrape.answer(), media_type=use.scrape.content_type)


@router.get("/problems/{slug}", dependencies=[PUBLIC], responses=problems(404))
async def explain_problem(slug: str) -> ProblemKind:
    """What the `type` of a problem document means."""
    explanation = explanations().get(slug)
    if explanation is None:
        raise NotFound(f"There is no problem {slug[:60]!r}.")
    return ProblemKind(
        type=f"/problems/{slug}", title=slug.replace("-", " ").capitalize(), explanation=explanation
    )
