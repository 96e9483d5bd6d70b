"""`/v1/models`: which names `model` may have."""

import asyncio
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from surtitle.api.access import READS
from surtitle.api.dependencies import Use
from surtitle.api.openai.catalogue import Catalogue, ListedModel
from surtitle.api.openai.voices import VoiceCatalogue
from surtitle.api.openapi import refusals
from surtitle.api.services import Services

router = APIRouter(tags=["openai"])


class Model(BaseModel):
    """A model as OpenAI describes one."""

    id: str
    object: Literal["model"] = "model"
    created: int = Field(description="Unix time; 0 where nothing has a date.")
    owned_by: str = Field(description="`openai` for names that stand for the installation's own choice.")
    installed: bool = Field(description="Our addition: false for what has to be fetched or installed.")
    voices: list[str] | None = Field(None, description="Our addition: the voices of a model that speaks.")

    @classmethod
    def of(cls, model: ListedModel) -> "Model":
        return cls(
            id=model.name,
            created=model.created_epoch,
            owned_by=model.owner,
            installed=model.installed,
            voices=list(model.voices) or None,
        )


class ModelList(BaseModel):
    """All of them, on one page."""

    object: Literal["list"] = "list"
    data: list[Model]


@router.get("/v1/models", dependencies=[READS], response_model_exclude_none=True)
async def list_models(use: Use) -> ModelList:
    """The names that `model` may have."""
    return ModelList(data=[Model.of(model) for model in await asyncio.to_thread(_listed, use)])


# A name may hold a slash, as those of the hub do.
@router.get(
    "/v1/models/{model:path}", dependencies=[READS], responses=refusals(404), response_model_exclude_none=True
)
async def show_model(model: str, use: Use) -> Model:
    """One model."""
    return Model.of(await asyncio.to_thread(_found, use, model))


def _listed(use: Services) -> list[ListedModel]:
    speaking = VoiceCatalogue(use.speech.chooser).listed()
    listening = Catalogue(use.models, use.engines).listed()
    return [*listening, *speaking]


def _found(use: Services, name: str) -> ListedModel:
    speaking = VoiceCatalogue(use.speech.chooser).listed()
    found = next((model for model in speaking if model.name == name), None)
    return found or Catalogue(use.models, use.engines).find(name)
