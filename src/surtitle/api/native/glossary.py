"""`/api/glossary`: the names and terms that the project's recordings hold."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from surtitle.api.access import ReadsProject, WritesProject
from surtitle.api.dependencies import Use
from surtitle.api.native.schemas import Document
from surtitle.domain.glossary import MOST_TERMS, TERM_CHARACTERS

router = APIRouter(tags=["glossary"])

Term = Annotated[str, StringConstraints(min_length=1, max_length=TERM_CHARACTERS, strip_whitespace=True)]


class GlossaryRequest(BaseModel):
    """The whole list. The first terms are heeded most."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"terms": ["Kvistholm", "Ángeles Peñalver"]}}
    )

    terms: list[Term] = Field(max_length=MOST_TERMS, description="Each once, without line breaks.")


class GlossaryDocument(Document):
    """A project's glossary. Jobs take it along when they are accepted."""

    terms: list[str]

    @classmethod
    def of(cls, terms: Sequence[str]) -> "GlossaryDocument":
        return cls(terms=list(terms))


@router.get("/api/glossary")
async def show_glossary(use: Use, project: ReadsProject) -> GlossaryDocument:
    """All terms, in order."""
    return GlossaryDocument.of(await use.glossary.terms(project))


@router.put("/api/glossary")
async def replace_glossary(wish: GlossaryRequest, use: Use, project: WritesProject) -> GlossaryDocument:
    """Make this the whole list. Jobs that were accepted before keep the terms that they have."""
    return GlossaryDocument.of(await use.glossary.replace(project, wish.terms))
