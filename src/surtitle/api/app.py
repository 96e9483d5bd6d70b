"""From services to the HTTP application."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

import surtitle
from surtitle.accounts.rate_limits import RateLimits
from surtitle.api import openapi
from surtitle.api.auditing import Auditing
from surtitle.api.bodies import BodyLimits
from surtitle.api.dialects import grabadora, grabadora_accounts, meeting_scribe, subtitle_app, vocalyx
from surtitle.api.guard import Guard, cors_rules
from surtitle.api.native import (
    accounts,
    artifacts,
    audit,
    channels,
    data_protection,
    direct_uploads,
    events,
    fetches,
    fleet,
    glossary,
    jobs,
    keys,
    kpis,
    links,
    media,
    members,
    minutes,
    notifications,
    openid,
    operation,
    people,
    previews,
    profiles,
    projects,
    recipes,
    reference,
    retention,
    search,
    second_factor,
    sessions,
    transcripts,
    uploads,
    usage,
    voices,
    webhooks,
)
from surtitle.api.openai import audio, models, speech
from surtitle.api.problems import install_handlers
from surtitle.api.rate_limiting import RateLimiting
from surtitle.api.security_headers import SecurityHeaders
from surtitle.api.services import Services
from surtitle.api.traffic import Traffic

_DESCRIPTION = """Sound to text, text to film, on machines of your own.

Bring a recording in (`POST /api/media`), start a job on it (`POST /api/jobs`), follow it
(`GET /api/jobs/{job_id}/events`), take what it made (`GET /api/jobs/{job_id}/result`).

Every error is a problem document (RFC 9457). Lists are pages: `next_cursor` leads to the next. Times
are ISO 8601 in UTC."""

_ROUTERS = (
    accounts,
    sessions,
    second_factor,
    openid,
    profiles,
    people,
    fetches,
    media,
    uploads,
    direct_uploads,
    jobs,
    events,
    artifacts,
    links,
    previews,
    minutes,
    transcripts,
    voices,
    recipes,
    search,
    glossary,
    projects,
    retention,
    members,
    keys,
    webhooks,
    channels,
    notifications,
    audit,
    data_protection,
    operation,
    fleet,
    usage,
    kpis,
    reference,
    subtitle_app,
    grabadora,
    grabadora_accounts,
    meeting_scribe,
    vocalyx,
    audio,
    models,
    speech,
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
    app.state.auditing = Auditing(services)
    for module in _ROUTERS:
        app.include_router(module.router)
    install_handlers(app)
    _surround(app, services)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    return app


def _surround(app: FastAPI, services: Services) -> None:
    """What every request passes. The last one added is the outermost."""
    server, limits = services.settings.server, services.settings.limits
    app.add_middleware(BodyLimits, limits=limits)
    if server.auth == "required":
        rates = RateLimits(services.rates, limits)
        app.add_middleware(RateLimiting, limits=rates, settings=server)
    if server.cors_origins:
        app.add_middleware(CORSMiddleware, **cors_rules(server.cors_origins))
    app.add_middleware(Guard, settings=server)
    app.add_middleware(Traffic, metrics=services.metrics)
    app.add_middleware(SecurityHeaders, settings=server)
