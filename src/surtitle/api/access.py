"""What each route needs of its caller, and who the caller is.

A route says what it needs by the type of a parameter (`project: ReadsProject`, `caller: SignedIn`,
`admin: Administers`) or, where everybody may come, by `dependencies=[PUBLIC]`. A test looks
at every route and fails for one that says nothing.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from surtitle.accounts.access import (
    OWNER_OF_MACHINE,
    Permission,
    Principal,
    Role,
    require,
    require_role,
    rights,
)
from surtitle.accounts.authentication import KEY_PREFIX
from surtitle.accounts.errors import NoCredentials
from surtitle.api.browser_sessions import caller_by_cookie
from surtitle.api.services import Services
from surtitle.errors import Invalid
from surtitle.observability import lineage

PROJECT_HEADER = "x-surtitle-project"

_BEARER = "bearer "
_ID = TypeAdapter(UUID)


class Requirement:
    """Base of all that a route can need; the route matrix and the OpenAPI document look for it."""

    told = "Open to everybody."


class Public(Requirement):
    """Nothing is needed."""

    async def __call__(self) -> None:
        return None


class Identified(Requirement):
    """Somebody: a person, signed in, or a key."""

    told = "Needs a signed-in person or a key."

    async def __call__(self, request: Request) -> Principal:
        return await caller_of(request)


class Signed(Requirement):
    """A person, signed in; in a personal installation its owner."""

    told = "Needs a signed-in person."

    async def __call__(self, request: Request) -> Principal:
        principal = await caller_of(request)
        if principal.key is not None:
            require_role(principal, *Role)
        return principal


class InRole(Requirement):
    """A person with one of these roles in the installation."""

    def __init__(self, *roles: Role) -> None:
        self.roles = roles
        self.told = f"Needs the role {' or '.join(roles)}."

    async def __call__(self, request: Request) -> Principal:
        principal = await caller_of(request)
        require_role(principal, *self.roles)
        return principal


class InProject(Requirement):
    """A permission in the project that the request is about; gives the project's id."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        self.told = f"Needs the permission `{permission}` in the project."

    async def __call__(self, request: Request) -> UUID:
        principal = await caller_of(request)
        project_id = await _project_of(request, principal)
        require(principal, project_id, self.permission)
        request.state.project_id = project_id
        lineage.note(project_id=project_id)
        return project_id


class MetricsToken(Requirement):
    """Prometheus with the token that is set for it, or somebody who may see the installation."""

    told = "Needs the token for metrics, or the role support or admin."

    async def __call__(self, request: Request) -> None:
        use: Services = request.app.state.services
        token = use.settings.server.metrics_token
        offered = request.headers.get("authorization", "")[len(_BEARER) :]
        if token is not None and hmac.compare_digest(offered.encode(), token.get_secret_value().encode()):
            return
        require_role(await caller_of(request), Role.SUPPORT, Role.ADMIN)


async def caller_of(request: Request) -> Principal:
    """Who is calling; found out once a request. Raises `Unauthenticated`."""
    known: Principal | None = getattr(request.state, "principal", None)
    if known is None:
        known = await _identified(request)
        request.state.principal = known
    return known


PUBLIC = Depends(Public())
READS = Depends(InProject(Permission.READ))
ADMINISTERS = Depends(InRole(Role.ADMIN))
MANAGES = Depends(InProject(Permission.MANAGE))
READS_METRICS = Depends(MetricsToken())
Caller = Annotated[Principal, Depends(caller_of)]
AnyCaller = Annotated[Principal, Depends(Identified())]
SignedIn = Annotated[Principal, Depends(Signed())]
Administers = Annotated[Principal, Depends(InRole(Role.ADMIN))]
Supports = Annotated[Principal, Depends(InRole(Role.SUPPORT, Role.ADMIN))]
ReadsProject = Annotated[UUID, Depends(InProject(Permission.READ))]
WritesProject = Annotated[UUID, Depends(InProject(Permission.WRITE))]
DeletesInProject = Annotated[UUID, Depends(InProject(Permission.DELETE))]
ManagesProject = Annotated[UUID, Depends(InProject(Permission.MANAGE))]


async def _identified(request: Request) -> Principal:
    use: Services = request.app.state.services
    if use.settings.server.auth == "personal":
        # The port is on loopback and the owner's; a client may send whatever key it is set up with.
        return OWNER_OF_MACHINE
    offered = request.headers.get("authorization", "")
    token = offered[len(_BEARER) :].strip() if offered.lower().startswith(_BEARER) else ""
    # In its own header a key is a key, also one that the operator chose (`accounts.bootstrap_key`).
    key = token if token.startswith(KEY_PREFIX) else request.headers.get("x-api-key", "").strip()
    if key and (not token or key == token):
        return await use.authenticator.by_key(key)
    if token:
        return await use.authenticator.by_token(token)
    if (signed_in := await caller_by_cookie(request)) is not None:
        return signed_in
    raise NoCredentials


async def _project_of(request: Request, principal: Principal) -> UUID:
    """The project that the path names, that holds the object in the path, that the header or the query
    names, or the caller's own: the first of these.
    """
    use: Services = request.app.state.services
    path = request.path_params
    if (named := path.get("project_id")) is not None:
        return _in_path(named)
    if principal.key is None:
        for parameter, find in _finders(use).items():
            found = await find(path[parameter]) if parameter in path else None
            # Another's object is looked for where the caller is, and not found there: the answer is that
            # for an object which does not exist.
            if found is not None and rights(principal, found):
                return found
    wanted = request.headers.get(PROJECT_HEADER) or request.query_params.get("project")
    if wanted:
        return _as_id(wanted)
    if principal.default_project is None:
        raise Invalid(
            "You are in no project. Make one with `POST /api/projects`, or name one in the header "
            "`X-Surtitle-Project`.",
            field=PROJECT_HEADER,
        )
    return principal.default_project


def _finders(use: Services) -> dict[str, Callable[[Any], Awaitable[UUID | None]]]:
    """By the name of a path's parameter: which project has the object."""
    return {
        "job_id": use.holdings.of_job,
        "media_id": use.holdings.of_media,
        "transcript_id": use.holdings.of_transcript,
        "voice_id": use.holdings.of_voice,
        "upload_id": use.holdings.of_upload,
        "fetch_id": use.holdings.of_fetch,
        "direct_id": use.holdings.of_direct_upload,
    }


def _in_path(text: object) -> UUID:
    """Refused as FastAPI refuses any other id in a path; what a route needs is looked at before that."""
    try:
        return _ID.validate_python(text)
    except ValidationError as error:
        faults = [{**fault, "loc": ("path", "project_id")} for fault in error.errors()]
        raise RequestValidationError(faults) from None


def _as_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(
            f"{text[:60]!r} is no project's id. `GET /api/projects` lists yours.", field=PROJECT_HEADER
        ) from None
