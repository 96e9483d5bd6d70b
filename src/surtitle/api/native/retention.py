"""`/api/projects/{project_id}/retention`: how long each kind of thing is kept, and what would go now."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from surtitle.accounts.keeping_rules import KeepingRules
from surtitle.api.access import MANAGES, READS, Caller
from surtitle.api.dependencies import Address, Use
from surtitle.api.native.schemas import Document
from surtitle.api.openapi import problems
from surtitle.domain.keeping import KeptKind

router = APIRouter(tags=["projects"])

_MOST_DAYS = 36_500
_KINDS = "By kind of thing: how many days it is kept; null: for ever."

Days = Annotated[int, Field(ge=1, le=_MOST_DAYS)]


class RetentionRequest(BaseModel):
    """The project's own rules, whole. A kind that is left out is kept as `everything` is, or as the
    installation keeps it.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"days": {"everything": 90, "recording": 7, "transcript": None}}},
    )

    days: dict[KeptKind, Days | None] = Field(description=_KINDS)


class RetentionDocument(Document):
    """How long things are kept in a project."""

    days: dict[KeptKind, int | None] = Field(description=f"The project's own rules. {_KINDS}")
    in_force: dict[KeptKind, int | None] = Field(
        description="With those of the installation. A kind that is not named here is kept as `everything` "
        "is; where that is not named either, for ever."
    )

    @classmethod
    def of(cls, rules: KeepingRules) -> "RetentionDocument":
        return cls(days=dict(rules.own), in_force=dict(rules.in_force))


class RetentionPreview(Document):
    """What would go now, if the rules were applied this moment."""

    counts: dict[str, int] = Field(description="By kind: how many.")
    size_bytes: int


@router.get("/api/projects/{project_id}/retention", dependencies=[READS], responses=problems(404))
async def show_retention(project_id: UUID, use: Use) -> RetentionDocument:
    """How long each kind of thing is kept."""
    return RetentionDocument.of(await use.data_protection.retention.rules.of(project_id))


@router.put("/api/projects/{project_id}/retention", dependencies=[MANAGES], responses=problems(404))
async def replace_retention(
    project_id: UUID, wish: RetentionRequest, use: Use, caller: Caller, address: Address
) -> RetentionDocument:
    """Make these the project's own rules. What is older goes at the next midnight (UTC)."""
    rules = use.data_protection.retention.rules
    return RetentionDocument.of(await rules.set(caller, project_id, wish.days, address))


@router.get("/api/projects/{project_id}/retention/preview", dependencies=[MANAGES], responses=problems(404))
async def preview_retention(project_id: UUID, use: Use) -> RetentionPreview:
    """What would go now by the rules in force, and how many bytes. Nothing is deleted."""
    retention = use.data_protection.retention
    plan = (await retention.rules.of(project_id)).plan()
    would_go = await retention.would_go(project_id, plan)
    return RetentionPreview(counts=dict(would_go.counts), size_bytes=would_go.size_bytes)
