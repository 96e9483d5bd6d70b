"""From services to the HTTP application."""

from fastapi import FastAPI

import surtitle
from surtitle.api import openapi
from surtitle.api.dialects import grabadora, subtitle_app
from surtitle.api.guard import BodyLimit, Guard
from surtitle.api.native import (
    artifacts,
    events,
    glossary,
    jobs,
    media,
    operation,
    previews,
    recipes,
    reference,
    transcripts,
    uploads,
)
from surtitle.api.openai import audio, models
from surtitle.api.problems import install_handlers
from surtitle.api.services import Services
from surtitle.api.traffic import Traffic
from surtitle.jobs.meter import JobMeter

_DESCRIPTION = """Sound to text, text to film, on machines of your own.

Bring a recording in (`POST /api/media`), start a job on it (`POST /api/jobs`), follow it
(`GET /api/jobs/{job_id}/events`), take what it made (`GET /api/jobs/{job_id}/result`).

Every error is a problem document (RFC 9457). Lists are pages: `next_cursor` leads to the next. Times
are ISO 8601 in UTC."""

_ROUTERS = (
    media,
    uploads,
    jobs,
    events,
    artifacts,
    previews,
    transcripts,
    recipes,
    glossary,
    operation,
    reference,
    subtitle_app,
    grabadora,
    audio,
    models,
)


def create_app(services: Services) -> FastAPI:
    """All surfaces over `services`. Starts nothing: workers and watches are `bootstrap`'s."""
    app = FastAPI(
        title="Surtitle",
        version=surtitle.__version__,
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        # The usual page loads its scripts from elsewhere; ours (native/reference.py) loads nothing.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # Traces are the operator's to switch on, with our own names.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        redirect_slashes=False,
    )
    app.state.services = services
    app.state.meter = JobMeter(services.figures, services.metrics)
    for module in _ROUTERS:
        app.include_router(module.router)
    install_handlers(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, limit_bytes=services.settings.limits.json_bytes)
    app.add_middleware(Guard, allowed_hosts=services.settings.server.allowed_hosts)
    app.add_middleware(Traffic, metrics=services.metrics)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    return app
