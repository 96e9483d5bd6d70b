"""`/api/recipes`: what can be asked for."""

from fastapi import APIRouter

from surtitle.api.access import PUBLIC
from surtitle.api.native.schemas import RecipeDocument, RecipeList
from surtitle.domain.recipes import RECIPES

router = APIRouter(tags=["jobs"])


@router.get("/api/recipes", dependencies=[PUBLIC])
async def list_recipes() -> RecipeList:
    """Every recipe with the JSON Schema of its options."""
    return RecipeList(items=[RecipeDocument.of(recipe) for recipe in RECIPES.values()])
