"""Who may do what: the one place that decides. Pure; what is stored is looked up elsewhere.

| part | may |
|---|---|
| project `viewer` | read |
| project `editor` | read, write, delete |
| project `owner` | all of these, and manage: members, keys, settings, quotas seen |
| key of a project | its scopes, never `manage` |
| installation `support` | read every project |
| installation `admin` | everything |

In an archived project nothing can be written or deleted; its owner can bring it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from surtitle.db.models import PERSONAL_PROJECT
from surtitle.errors import Forbidden, NotFound


class Role(StrEnum):
    """A person's part in the installation."""

    USER = "user"
    SUPPORT = "support"
    ADMIN = "admin"


class ProjectRole(StrEnum):
    """A person's part in a project."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


class Permission(StrEnum):
    """What can be done within a project. The first three are also the scopes that a key can have."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    MANAGE = "manage"


EVERYTHING = frozenset(Permission)
KEY_SCOPES = EVERYTHING - {Permission.MANAGE}
_NOTHING: frozenset[Permission] = frozenset()
_IN_ARCHIVE = frozenset({Permission.READ, Permission.MANAGE})
_OF_PROJECT_ROLE = {
    ProjectRole.OWNER: EVERYTHING,
    ProjectRole.EDITOR: KEY_SCOPES,
    ProjectRole.VIEWER: frozenset({Permission.READ}),
}
_OF_ROLE = {
    Role.USER: _NOTHING,
    Role.SUPPORT: frozenset({Permission.READ}),
    Role.ADMIN: EVERYTHING,
}


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """The key that a caller brought, and what it opens."""

    id: UUID
    project_id: UUID
    scopes: frozenset[Permission]
    requests_a_minute: int | None = None
    """What all keys of the project may send together; None: what the installation allows each."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: a person with a session, a key, or the owner of a personal installation."""

    role: Role = Role.USER
    user_id: UUID | None = None
    session_id: UUID | None = None
    key: KeyGrant | None = None
    memberships: Mapping[UUID, ProjectRole] = field(default_factory=dict)
    default_project: UUID | None = None
    archived: frozenset[UUID] = frozenset()
    """Those that are archived among the projects in which the caller has rights."""

    @property
    def name(self) -> str:
        """For the log and for usage; says who without saying anything about them."""
        if self.key is not None:
            return f"key:{self.key.id}"
        return f"user:{self.user_id}" if self.user_id else "owner"


OWNER_OF_MACHINE = Principal(
    role=Role.ADMIN,
    memberships={PERSONAL_PROJECT: ProjectRole.OWNER},
    default_project=PERSONAL_PROJECT,
)
"""Everybody, where `server.auth` is `personal`."""


class NoSuchProject(NotFound):
    """There is no such project, or it is not the caller's to know of."""

    slug = "project-not-found"

    def __init__(self, project_id: UUID) -> None:
        super().__init__(f"There is no project {project_id}. `GET /api/projects` lists yours.")


class NotAllowed(Forbidden):
    """The caller may see this and may not do that to it."""

    slug = "not-allowed"


class RoleNeeded(NotAllowed):
    """The caller has another part in the installation, or is a key."""

    slug = NotAllowed.slug


def rights(principal: Principal, project_id: UUID) -> frozenset[Permission]:
    """What `principal` may do in the project; nothing, if it may not even know of it."""
    if principal.key is not None:
        held = principal.key.scopes if principal.key.project_id == project_id else _NOTHING
    else:
        member = principal.memberships.get(project_id)
        held = _OF_ROLE[principal.role] | (_OF_PROJECT_ROLE[member] if member else _NOTHING)
    return held & _IN_ARCHIVE if project_id in principal.archived else held


def require(principal: Principal, project_id: UUID, permission: Permission) -> None:
    """Raises `NoSuchProject` for another's project, `NotAllowed` for one that may be seen."""
    held = rights(principal, project_id)
    if not held:
        raise NoSuchProject(project_id)
    if permission not in held and project_id in principal.archived:
        raise NotAllowed("The project is archived: bring it back first, or work in another one.")
    if permission not in held:
        raise NotAllowed(
            f"This needs the permission {permission.value!r} in the project, and "
            f"{'the key has' if principal.key else 'you have'} {', '.join(sorted(held))}. "
            f"Ask an owner of the project for it."
        )


def require_role(principal: Principal, *roles: Role) -> None:
    """Raises `NotAllowed` unless the caller has one of `roles` in the installation, and is no key."""
    if principal.key is not None or principal.role not in roles:
        raise RoleNeeded(f"This is for people with the role {' or '.join(roles)} in this installation.")
