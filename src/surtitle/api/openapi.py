"""The OpenAPI document: what every route may answer, with the parts that FastAPI cannot know."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from surtitle.api.openai.envelope import ErrorEnvelope, speaks_openai
from surtitle.api.problems import CHECKSUM_MISMATCH, MEDIA_TYPE, Problem
from surtitle.api.streamed import STREAMED_BODY
from surtitle.domain.recipes import FILM, RECIPES, Recipe

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_REFERENCE = "#/components/schemas/{model}"
# What the guard and the router may answer, whatever the route.
_EVERYWHERE = (400, 401, 403, 421, 429, 500)
_WITH_BODY = (408, 413, 415)

_TOLD: dict[int, str] = {
    400: "The request cannot be read.",
    401: "The caller did not say who it is; `/api/login` tells how.",
    402: "The project's quota or its credits are used up.",
    403: "The caller may not do this, or the request was sent by a page of another site.",
    404: "No such thing.",
    408: "The body stopped coming, or came too slowly.",
    409: "Not possible in its present state.",
    410: "It is gone.",
    412: "Another version of the protocol than this server speaks.",
    413: "Larger than this installation accepts.",
    415: "The body is of another type than this route reads.",
    416: "The range begins after the end.",
    421: "The Host header names another host.",
    422: "A parameter or the body is not what this route takes.",
    423: "Another request holds it.",
    429: "No room for more now; `Retry-After` says when to come back.",
    500: "A fault of Surtitle's own; `reference` finds it in the log.",
    503: "A part that is needed is missing or away.",
    507: "The store has no room left.",
    CHECKSUM_MISMATCH: "The bytes do not match their checksum.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` for a route that may answer with these problem documents."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="Problem")}}}
    return {status: {"description": _TOLD[status], "content": content} for status in statuses}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` for a route in OpenAI's dialect that may answer with these errors."""
    content = {"application/json": {"schema": {"$ref": _REFERENCE.format(model="ErrorEnvelope")}}}
    return {status: {"description": _TOLD[status], "content": content} for status in statuses}


def file_answer(description: str, *media_types: str) -> dict[str, Any]:
    """A response that is a file of one of these types."""
    # Bytes of any kind: OpenAPI 3.1 says so by saying nothing.
    content: dict[str, Any] = {kind: {"schema": {}} for kind in media_types}
    return {"description": description, "content": content}


TEXT_TYPES = (
    "text/plain",
    "application/json",
    "application/x-subrip",
    "text/vtt",
    "text/x-ssa",
    "text/tab-separated-values",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/markdown",
)
"""The formats of a transcript."""

VIDEO_TYPES = ("video/mp4", "video/x-matroska")


def file_download(
    description: str, *media_types: str, refusals: tuple[int, ...] = (404,), from_store: bool = False
) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route that answers with `downloads.send_file`: a file, whole or a range of it.

    `from_store`: it may send the client to the store's own address instead.
    """
    answers: dict[int | str, dict[str, Any]] = {
        200: file_answer(description, *media_types),
        206: file_answer("The range that was asked for.", *media_types),
        304: {"description": "The client has it already."},
        **problems(*refusals, 416),
    }
    if from_store:
        answers[307] = {"description": "The file is in the store itself, at this signed address."}
    return answers


def multipart_upload(**other_fields: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a route that streams a form with one file in the field `file`."""
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {
                "type": "string",
                "format": "binary",
                "description": "Sound or video in any format that FFmpeg decodes, told by its content.",
            },
            **other_fields,
        },
    }
    return {
        STREAMED_BODY: True,
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}},
    }


def document(app: FastAPI) -> dict[str, Any]:
    """The app's OpenAPI document, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = FastAPI.openapi(app)
        _add_schemas(app.openapi_schema)
        for path, operation in _operations(app.openapi_schema):
            _complete(operation, in_openai_dialect=speaks_openai(path))
    return app.openapi_schema


def _add_schemas(made: dict[str, Any]) -> None:
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for kind in ("HTTPValidationError", "ValidationError"):
        schemas.pop(kind, None)
    models: list[type[BaseModel]] = [Problem, ErrorEnvelope, *(recipe.options for recipe in RECIPES.values())]
    for model in models:
        schema = model.model_json_schema(ref_template=_REFERENCE)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    schemas["JobRequest"] = _by_recipe(schemas["JobRequest"])


def _by_recipe(wish: dict[str, Any]) -> dict[str, Any]:
    """The schema of a wish with, for each recipe, its own options; and a film's without its name."""
    told = {key: wish.pop(key) for key in ("title", "description", "example")}
    prompt = wish["properties"].pop("prompt")
    choices = [_of_recipe(wish, recipe) for recipe in RECIPES.values() if recipe.name != FILM]
    film = _of_recipe(wish, RECIPES[FILM])
    film["properties"]["prompt"] = prompt
    unnamed = {name: value for name, value in film["properties"].items() if name != "recipe"}
    # The Video generator's clients name no recipe, and its options by their older names.
    unnamed["options"] = {"type": "object"}
    return {
        **told,
        "oneOf": [
            *choices,
            film,
            {**film, "title": "film, unnamed", "properties": unnamed, "required": ["prompt"]},
        ],
    }


def _of_recipe(wish: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    return {
        **wish,
        "title": recipe.name,
        "required": ["recipe"],
        "properties": {
            **wish["properties"],
            "recipe": {"const": recipe.name, "description": recipe.summary},
            "options": {"$ref": _REFERENCE.format(model=recipe.options.__name__)},
        },
    }


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in made["paths"].items():
        yield from ((path, methods[method]) for method in _METHODS if method in methods)


def _complete(operation: dict[str, Any], *, in_openai_dialect: bool) -> None:
    answers = operation["responses"]
    # FastAPI describes its own validation error, which no route of ours sends.
    if "422" in answers and "application/json" in answers["422"].get("content", {}):
        del answers["422"]
    for parameter in operation.get("parameters", ()):
        _leave_out_null(parameter)
    general = [*_EVERYWHERE]
    if not in_openai_dialect and (operation.get("parameters") or "requestBody" in operation):
        general.append(HTTPStatus.UNPROCESSABLE_ENTITY)
    if "requestBody" in operation:
        general += _WITH_BODY
    told = refusals(*general) if in_openai_dialect else problems(*general)
    for status, answer in told.items():
        answers.setdefault(str(int(status)), answer)
    operation["responses"] = dict(sorted(answers.items()))


def _leave_out_null(parameter: dict[str, Any]) -> None:
    """A parameter can be left out, not null: text on the wire knows no such value."""
    schema = parameter["schema"]
    choices = [choice for choice in schema.pop("anyOf", [{}]) if choice.get("type") != "null"]
    assert len(choices) == 1, f"parameter {parameter['name']} has several types"
    schema.update(choices[0])
