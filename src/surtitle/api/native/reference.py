"""`/docs`: the API to read, made here from the OpenAPI document. Loads nothing from anywhere."""

import base64
import hashlib
import json
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from surtitle.api.access import PUBLIC

router = APIRouter()

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 14px/1.4 ui-monospace, monospace; }
pre { overflow: auto; padding: .75rem; border: 1px solid #8884; border-radius: .4rem; }
summary { cursor: pointer; padding: .4rem 0; }
details { border-top: 1px solid #8884; }
table { border-collapse: collapse; }
td { padding: .15rem .8rem .15rem 0; vertical-align: top; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"


@router.get("/openapi.json", dependencies=[PUBLIC], include_in_schema=False)
async def openapi_document(request: Request) -> Response:
    """The OpenAPI document that clients are generated from."""
    return Response(json.dumps(request.app.openapi()), media_type="application/json")


@router.get("/docs", dependencies=[PUBLIC], include_in_schema=False, response_class=HTMLResponse)
async def reference(request: Request) -> HTMLResponse:
    """The same document for people."""
    return HTMLResponse(render(request.app.openapi()), headers={"Content-Security-Policy": _POLICY})


def render(document: dict[str, Any]) -> str:
    """An OpenAPI document as one page of HTML, without scripts."""
    info = document["info"]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])} API <small>{escape(info['version'])}</small></h1>",
        *(f"<p>{_prose(paragraph)}</p>" for paragraph in info["description"].split("\n\n")),
        '<p>For programs: <a href="/openapi.json">openapi.json</a></p>',
    ]
    for tag, operations in _by_tag(document).items():
        parts.append(f"<h2>{escape(tag.capitalize())}</h2>")
        parts += [_operation(document, *operation) for operation in operations]
    parts.append("<h2>Documents</h2>")
    for name, schema in sorted(document["components"]["schemas"].items()):
        parts.append(_document(name, schema))
    return "".join([*parts, "</body></html>"])


def _by_tag(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    tags: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tags.setdefault(operation.get("tags", ["other"])[0], []).append((path, method, operation))
    return tags


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> str:
    parts = [
        f'<details><summary><span class="method">{method.upper()}</span> <code>{escape(path)}</code> ',
        f"{_prose(operation.get('summary', ''))}</summary><p>{_prose(operation.get('description', ''))}</p>",
        _table(_parameters(operation)),
        *_bodies(document, operation),
        _table((status, answer["description"]) for status, answer in operation["responses"].items()),
    ]
    return "".join([*parts, "</details>"])


def _parameters(operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for parameter in operation.get("parameters", ()):
        need = "required" if parameter.get("required") else "optional"
        yield f"{parameter['name']} ({parameter['in']}, {need})", parameter.get("description", "")


def _bodies(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[str]:
    for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
        schema = body["schema"]
        name = schema.get("$ref", "").rsplit("/", 1)[-1]
        example = document["components"]["schemas"].get(name, schema).get("example")
        link = f' <a href="#{escape(name)}">{escape(name)}</a>' if name else ""
        yield f"<p>Body: <code>{escape(media_type)}</code>{link}</p>"
        if example is not None:
            yield f"<pre>{escape(json.dumps(example, indent=2))}</pre>"


def _document(name: str, schema: dict[str, Any]) -> str:
    fields = ((field, _kind(kind)) for field, kind in schema.get("properties", {}).items())
    text = _prose(schema.get("description", ""))
    return (
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary><p>{text}</p>'
        f"{_table(fields)}</details>"
    )


def _kind(schema: dict[str, Any]) -> str:
    choices = schema.get("anyOf", [schema])
    kinds = [choice.get("$ref", "").rsplit("/", 1)[-1] or choice.get("type", "any") for choice in choices]
    told = schema.get("description", "")
    return f"`{' or '.join(kinds)}` {told}"


def _table(rows: Iterator[tuple[str, str]]) -> str:
    cells = (f"<tr><td><code>{escape(name)}</code></td><td>{_prose(text)}</td></tr>" for name, text in rows)
    return f"<table>{''.join(cells)}</table>"


def _prose(text: str) -> str:
    """Text with `code` marked as such; everything else is shown as it is."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if odd % 2 else piece for odd, piece in enumerate(pieces))
