"""The JSON documents about projects, members, invitations and keys. Times are ISO 8601 in UTC."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from surtitle.accounts.access import KEY_SCOPES, Permission, ProjectRole
from surtitle.accounts.api_keys import NewKey
from surtitle.accounts.invitations import MOST_DAYS, NewInvitation
from surtitle.accounts.members import Member
from surtitle.accounts.names import NAME_CHARACTERS
from surtitle.accounts.projects import SeenProject
from surtitle.api.dependencies import Moment
from surtitle.api.native.schemas import Document
from surtitle.db.account_models import ApiKey, Invitation, Project
from surtitle.paging import Page

_MOST_RETENTION_DAYS = 36_500
_MOST_STORAGE_BYTES = 2**53  # what every JSON reader counts exactly
_MOST = 1_000_000
_NEXT = "For the next page; null on the last."

_SCOPES: list[JsonValue] = [str(scope) for scope in sorted(KEY_SCOPES)]

Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARACTERS)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=320)]
OptionsByRecipe = dict[str, dict[str, Any]]


class ProjectRequest(BaseModel):
    """A new project, of the caller's own."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "Interviews 2026"}})

    name: Name


class ProjectChangeRequest(BaseModel):
    """What is to be different. What is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"name": "Interviews", "default_options": {"transcript": {"language": "fr"}}}
        },
    )

    name: Name | None = Field(None, description="Null: as it is.")
    retention_days: int | None = Field(
        None,
        ge=1,
        le=_MOST_RETENTION_DAYS,
        description="After so many days everything goes; null: never. For single kinds: `…/retention`.",
    )
    default_options: OptionsByRecipe | None = Field(
        None, description="By recipe: what a job has where it names none. Replaced whole. Null: as it is."
    )


class QuotaRequest(BaseModel):
    """What the project may use. Null has no limit; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"minutes_a_month": 6000, "parallel_jobs": 4}}
    )

    minutes_a_month: float | None = Field(None, ge=0, le=_MOST * 60, allow_inf_nan=False)
    storage_bytes: int | None = Field(None, ge=0, le=_MOST_STORAGE_BYTES)
    parallel_jobs: int | None = Field(None, ge=0, le=_MOST)
    requests_a_minute: int | None = Field(None, ge=0, le=_MOST)


class ProjectQuotas(BaseModel):
    """What the project may use; null has no limit."""

    model_config = ConfigDict(from_attributes=True)

    minutes_a_month: float | None
    storage_bytes: int | None
    parallel_jobs: int | None
    requests_a_minute: int | None


class ProjectDocument(Document):
    """A project. `quotas` are there for those who manage it."""

    id: UUID
    name: str
    role: ProjectRole | None = Field(description="The caller's; null for a key, and for staff.")
    archived_at: datetime | None = Field(description="Since when nothing can be written in it.")
    retention_days: int | None
    default_options: OptionsByRecipe
    quotas: ProjectQuotas | None
    created_at: datetime
    links: dict[str, str]

    @classmethod
    def of(cls, seen: SeenProject, held: frozenset[Permission]) -> "ProjectDocument":
        """`held`: the caller's rights in it."""
        project = seen.project
        return cls(
            id=project.id,
            name=project.name,
            role=seen.role,
            archived_at=project.archived_at,
            retention_days=project.retention_days,
            default_options=project.default_options,
            quotas=ProjectQuotas.model_validate(project) if Permission.MANAGE in held else None,
            created_at=project.created_at,
            links=_links(project),
        )


class ProjectPage(Document):
    """Projects, the newest first."""

    items: list[ProjectDocument]
    next_cursor: str | None = Field(description=_NEXT)


class RoleRequest(BaseModel):
    """A member's part in the project."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"role": "viewer"}})

    role: ProjectRole


class MemberDocument(Document):
    """A person in a project. `email` is there for those who manage it."""

    user_id: UUID
    role: ProjectRole
    name: str | None
    email: str | None
    since: datetime

    @classmethod
    def of(cls, member: Member, held: frozenset[Permission]) -> "MemberDocument":
        return cls(
            user_id=member.user_id,
            role=member.role,
            name=member.name,
            email=member.email if Permission.MANAGE in held else None,
            since=member.since,
        )


class MemberPage(Document):
    """Members, the oldest account first."""

    items: list[MemberDocument]
    next_cursor: str | None = Field(description=_NEXT)

    @classmethod
    def of(cls, page: Page[Member], held: frozenset[Permission]) -> "MemberPage":
        items = [MemberDocument.of(member, held) for member in page.items]
        return cls(items=items, next_cursor=page.next_cursor)


class RegistrationInvitationRequest(BaseModel):
    """Lets one person register."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"email": "ana@example.org"}})

    email: Email | None = Field(
        None, description="Sent there, and good for that address alone; left out, for whoever has the token."
    )
    days: int = Field(7, ge=1, le=MOST_DAYS, description="How long it can be accepted.")


class InvitationRequest(RegistrationInvitationRequest):
    """Lets one person join the project, and register for it if need be."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"email": "ana@example.org", "role": "editor"}}
    )

    role: ProjectRole = ProjectRole.EDITOR


class InvitationDocument(Document):
    """An invitation. It can be accepted while `accepted_at` is null, until `expires_at`."""

    id: UUID
    project_id: UUID | None
    role: ProjectRole | None
    email: str | None = Field(description="Whom it is for, in canonical form; null: whoever has the token.")
    expires_at: datetime
    accepted_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, invitation: Invitation) -> "InvitationDocument":
        return cls(**_invitation_fields(invitation))


class IssuedInvitation(InvitationDocument):
    """A new invitation with its token, which is shown this once."""

    token: str

    @classmethod
    def of_new(cls, made: NewInvitation) -> "IssuedInvitation":
        return cls(**_invitation_fields(made.invitation), token=made.token)


class InvitationPage(Document):
    """Invitations, the newest first."""

    items: list[InvitationDocument]
    next_cursor: str | None = Field(description=_NEXT)

    @classmethod
    def of(cls, page: Page[Invitation]) -> "InvitationPage":
        return cls(items=[InvitationDocument.of(one) for one in page.items], next_cursor=page.next_cursor)


class AcceptRequest(BaseModel):
    """The token of an invitation."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"token": "in_…"}})

    token: str = Field(min_length=1, max_length=100)


class KeyRequest(BaseModel):
    """A new key."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "Archive import", "scopes": ["read", "write"]}}
    )

    name: Name
    scopes: set[Permission] = Field(
        default=set(KEY_SCOPES), min_length=1, max_length=len(KEY_SCOPES), description="What it opens.",
        json_schema_extra={"items": {"enum": _SCOPES}, "default": _SCOPES},
    )  # fmt: skip
    expires_at: Moment | None = Field(None, description="Null: it lasts until it is revoked.")


class KeyDocument(Document):
    """A key, without what opens anything. `prefix` is how it begins."""

    id: UUID
    name: str
    prefix: str
    scopes: list[Permission]
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Noted once a minute.")
    revoked_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: ApiKey) -> "KeyDocument":
        return cls(**_key_fields(row))


class IssuedKey(KeyDocument):
    """A new key, which is shown this once."""

    key: str

    @classmethod
    def of_new(cls, made: NewKey) -> "IssuedKey":
        return cls(**_key_fields(made.row), key=made.key)


class KeyPage(Document):
    """Keys, the newest first, those that were revoked too."""

    items: list[KeyDocument]
    next_cursor: str | None = Field(description=_NEXT)

    @classmethod
    def of(cls, page: Page[ApiKey]) -> "KeyPage":
        return cls(items=[KeyDocument.of(row) for row in page.items], next_cursor=page.next_cursor)


def _invitation_fields(invitation: Invitation) -> dict[str, Any]:
    copied = ("id", "project_id", "expires_at", "accepted_at", "created_at")
    fields = {name: getattr(invitation, name) for name in copied}
    return fields | {"role": invitation.project_role, "email": invitation.email_key}


def _key_fields(row: ApiKey) -> dict[str, Any]:
    copied = (
        "id", "name", "prefix", "scopes", "expires_at", "last_used_at", "revoked_at", "created_at",
    )  # fmt: skip
    return {name: getattr(row, name) for name in copied}


def _links(project: Project) -> dict[str, str]:
    here = f"/api/projects/{project.id}"
    return {"self": here, **{part: f"{here}/{part}" for part in ("members", "invitations", "keys")}}
