"""`/api/users/me/profiles`: one's ways of working, and what jobs take from them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from surtitle.accounts.profiles import NewProfile
from surtitle.api.access import SignedIn
from surtitle.api.dependencies import Accounts
from surtitle.api.native.project_schemas import Name, OptionsByRecipe
from surtitle.api.native.schemas import Document
from surtitle.api.openapi import problems
from surtitle.db.account_models import Profile

router = APIRouter(prefix="/api/users/me/profiles", tags=["profiles"])

Language = Annotated[
    str, StringConstraints(max_length=16), Field(description="A BCP 47 tag: `en`, `fr-CA`, `zh-Hant-TW`.")
]
TimeZone = Annotated[
    str, StringConstraints(max_length=64), Field(description="An IANA name: `Europe/Paris`.")
]
_OPTIONS = "By recipe: what the person's jobs have where they name none. Replaced whole."


class ProfileRequest(BaseModel):
    """A new profile."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "Interviews",
                "language": "fr-CA",
                "time_zone": "America/Toronto",
                "default_options": {"subtitles": {"language": "fr", "subtitles": {"max_lines": 1}}},
            }
        },
    )

    name: Name
    language: Language = "en"
    time_zone: TimeZone = "UTC"
    default_options: OptionsByRecipe = Field({}, description=_OPTIONS)


class ProfileChanges(BaseModel):
    """What is to be different; what is left out, or null, stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"time_zone": "Europe/Paris"}})

    name: Name | None = None
    language: Language | None = None
    time_zone: TimeZone | None = None
    default_options: OptionsByRecipe | None = Field(None, description=_OPTIONS)


class ProfileDocument(Document):
    """A profile. The header `X-Surtitle-Profile` names the one that a job goes by; else the default."""

    id: UUID
    name: str
    language: str
    time_zone: str
    default_options: OptionsByRecipe
    is_default: bool
    created_at: datetime

    @classmethod
    def of(cls, profile: Profile) -> "ProfileDocument":
        return cls(
            id=profile.id,
            name=profile.name,
            language=profile.language,
            time_zone=profile.time_zone,
            default_options=profile.default_options,
            is_default=profile.is_default,
            created_at=profile.created_at,
        )


class ProfileList(Document):
    """All profiles, the oldest first."""

    items: list[ProfileDocument]

    @classmethod
    def of(cls, profiles: Sequence[Profile]) -> "ProfileList":
        return cls(items=[ProfileDocument.of(profile) for profile in profiles])


@router.get("", responses=problems(409))
async def list_profiles(people: Accounts, caller: SignedIn) -> ProfileList:
    """One's own profiles."""
    return ProfileList.of(await people.profiles.list(caller))


@router.post("", status_code=201, responses=problems(409))
async def create_profile(wish: ProfileRequest, people: Accounts, caller: SignedIn) -> ProfileDocument:
    """Another profile; the default stays what it is."""
    return ProfileDocument.of(await people.profiles.create(caller, NewProfile(**wish.model_dump())))


@router.patch("/{profile_id}", responses=problems(404, 409))
async def change_profile(
    profile_id: UUID, changes: ProfileChanges, people: Accounts, caller: SignedIn
) -> ProfileDocument:
    """Change a profile."""
    told = changes.model_dump(exclude_none=True)
    return ProfileDocument.of(await people.profiles.change(caller, profile_id, told))


@router.post("/{profile_id}/default", responses=problems(404, 409))
async def make_profile_default(profile_id: UUID, people: Accounts, caller: SignedIn) -> ProfileDocument:
    """Go by this profile where a request names none."""
    return ProfileDocument.of(await people.profiles.make_default(caller, profile_id))


@router.delete("/{profile_id}", status_code=204, responses=problems(404, 409))
async def delete_profile(profile_id: UUID, people: Accounts, caller: SignedIn) -> Response:
    """Delete a profile that is not the default."""
    await people.profiles.delete(caller, profile_id)
    return Response(status_code=204)
