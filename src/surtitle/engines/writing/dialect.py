"""How an endpoint wants to be asked: "OpenAI-compatible" means something else to each."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from surtitle.engines.writing.writer import AnswerForm


class AnswerFormat(StrEnum):
    """How the answer is held to its form, the strictest first."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


# How endpoints name what holds an answer to its form.
_ABOUT_FORMAT = re.compile(r"response.?format|schema|grammar|json.?object|structured.?output", re.IGNORECASE)
_LOOSER = {
    AnswerFormat.JSON_SCHEMA: AnswerFormat.JSON_OBJECT,
    AnswerFormat.JSON_OBJECT: AnswerFormat.TEXT,
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the endpoint is known to understand. It starts with everything and drops what is refused."""

    format: AnswerFormat
    may_loosen: bool
    limit_name: str = "max_tokens"
    has_temperature: bool = True

    def parameters(self, form: type[AnswerForm], answer_tokens: int) -> dict[str, Any]:
        """What goes into a request beside model and messages. No chance: the same order, the same answer."""
        told: dict[str, Any] = {self.limit_name: answer_tokens, "stream": False}
        if self.has_temperature:
            told["temperature"] = 0
        if self.format is AnswerFormat.JSON_SCHEMA:
            schema = {"name": form.__name__, "strict": True, "schema": _shape(form.model_json_schema())}
            told["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.format is AnswerFormat.JSON_OBJECT:
            told["response_format"] = {"type": "json_object"}
        return told

    def plainer(self, complaint: str) -> "Dialect | None":
        """After a refusal with the words `complaint`: the next way to ask; None where they name nothing that
        could be asked otherwise.
        """
        if self.limit_name == "max_tokens" and "max_completion_tokens" in complaint:
            return replace(self, limit_name="max_completion_tokens")
        if self.has_temperature and "temperature" in complaint:
            return replace(self, has_temperature=False)
        if self.may_loosen and self.format in _LOOSER and _ABOUT_FORMAT.search(complaint):
            return replace(self, format=_LOOSER[self.format])
        return None


# What a strict schema of OpenAI's may not say, and grammars of others are slow with. The answer is held to
# it when it is read.
_BEYOND_SHAPE = frozenset({"title", "minLength", "maxLength", "minItems", "maxItems", "pattern"})


def _shape(schema: Any) -> Any:
    """Which fields there are, of which types: a schema without its bounds."""
    if isinstance(schema, list):
        return [_shape(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _shape(part) for name, part in value.items()}
        if key in {"properties", "$defs"}
        else _shape(value)
        for key, value in schema.items()
        if key not in _BEYOND_SHAPE
    }
