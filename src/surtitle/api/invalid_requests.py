"""Where a request is at fault, in words, without handing back what it held."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

_SHOWN_FAULTS = 10
_MESSAGE_CHARACTERS = 300
_POINTER_CHARACTERS = 200


class FieldFault(BaseModel):
    """One fault: `pointer` leads into the body, `parameter` names a part of the path, query or headers."""

    detail: str
    pointer: str | None = Field(None, description="JSON Pointer (RFC 6901) as a URI fragment.")
    parameter: str | None = None

    @classmethod
    def at(cls, field: str, detail: str, *, in_body: bool) -> "FieldFault":
        """A fault at `a.b.c` in the body, or in the parameter or header of that name."""
        if in_body and not field[:1].isupper():
            return cls(detail=detail, pointer=_pointer(field.split(".")))
        return cls(detail=detail, parameter=field)

    @property
    def sentence(self) -> str:
        return f"{self.pointer or self.parameter or 'the body'}: {self.detail}"


def describe_faults(faults: Sequence[Any]) -> list[FieldFault]:
    """FastAPI's list of faults, at most ten, each cut to a readable length."""
    return [_described(fault) for fault in faults[:_SHOWN_FAULTS]]


def _described(fault: Any) -> FieldFault:
    place, *path = fault["loc"]
    message = str(fault["msg"])[:_MESSAGE_CHARACTERS]
    detail = message[:1].lower() + message[1:]
    if place == "body":
        return FieldFault(detail=detail, pointer=_pointer(path) if path else None)
    return FieldFault(detail=detail, parameter=".".join(str(part) for part in path)[:_POINTER_CHARACTERS])


def _pointer(path: Sequence[object]) -> str:
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return ("#/" + "/".join(escaped))[:_POINTER_CHARACTERS]
