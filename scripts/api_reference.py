"""Writes docs/develop/api-reference.md from the OpenAPI document: `python scripts/api_reference.py`."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from surtitle.api.app import create_app
from surtitle.bootstrap.api import services_of
from surtitle.bootstrap.installation import assembled
from surtitle.config import Settings
from surtitle.db.engine import Database

PAGE = Path(__file__).parents[1] / "docs" / "develop" / "api-reference.md"

HEAD = """# API reference

Every route, made from the OpenAPI document that a server shows at `/openapi.json` (for people: `/docs`). How
they go together, with examples: [HTTP API](../user/api.md). Errors are problem documents (RFC 9457); the
routes below `/v1` answer with OpenAI's.

This page is made from the code by `python scripts/api_reference.py`; a test fails when they differ.
"""
TABLE = "| route | does | takes | answers |\n|---|---|---|---|"


def page() -> str:
    """The whole page."""
    document = openapi_document()
    tags: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = operation.get("tags", ["other"])[0]
            tags.setdefault(tag, []).append(row(method, path, operation))
    parts = [HEAD]
    for tag, rows in sorted(tags.items()):
        parts += [
            f"\n## {tag.capitalize()}\n",
            "| route | does | takes | answers |",
            "|---|---|---|---|",
            *rows,
        ]
    return "\n".join(parts) + "\n"


def openapi_document() -> dict[str, Any]:
    """The document of an installation with the settings that it comes with."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), _env_file=None)  # type: ignore[call-arg]
        parts = assembled(settings, Database(settings.effective_database_url))
        document: dict[str, Any] = create_app(services_of(parts)).openapi()
        return document


def row(method: str, path: str, operation: dict[str, Any]) -> str:
    takes = "; ".join([*parameters(operation), *bodies(operation)])
    told = cell(operation.get("description") or operation.get("summary", ""))
    return f"| `{method.upper()} {path}` | {told} | {takes} | {'; '.join(answers(operation))} |"


def parameters(operation: dict[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] in {"query", "header"}:
            need = "" if parameter.get("required") else "?"
            yield f"`{parameter['name']}{need}`"


def bodies(operation: dict[str, Any]) -> Iterator[str]:
    for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
        yield f"`{schema_name(body) or media_type}`"


def answers(operation: dict[str, Any]) -> Iterator[str]:
    """What comes when all is well."""
    for status, answer in operation["responses"].items():
        if status < "400":
            kinds = [schema_name(body) or kind for kind, body in answer.get("content", {}).items()]
            yield " ".join([status, *(f"`{kind}`" for kind in kinds)])


def schema_name(body: dict[str, Any]) -> str:
    schema = body.get("schema", {})
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    return name or schema_name({"schema": schema["items"]}) + " …" if schema.get("type") == "array" else name


def cell(text: str) -> str:
    """The first paragraph, as it may stand in a table."""
    return re.sub(r"\s+", " ", text.partition("\n\n")[0]).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page())
