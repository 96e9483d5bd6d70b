"""Cues as JSON: the artifact that later steps read."""

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from surtitle.domain.cues import CUES_SCHEMA_VERSION, CueSheet
from surtitle.errors import Invalid

_SHEET = TypeAdapter(CueSheet)


class UnreadableCues(Invalid):
    """The bytes are not cues of a version that this release reads."""

    slug = "unreadable-cues"


def cues_json(sheet: CueSheet) -> bytes:
    """UTF-8 JSON ending in a newline. Equal sheets give equal bytes."""
    return _SHEET.dump_json(sheet, indent=1) + b"\n"


def read_cues(data: bytes) -> CueSheet:
    """The cues in `data`. Raises `UnreadableCues`."""
    try:
        raw = from_json(data, allow_inf_nan=False)
        version = raw.get("schema_version") if isinstance(raw, dict) else None
        if version != CUES_SCHEMA_VERSION:
            raise UnreadableCues(
                f"The cues have schema_version {version!r}; this release reads {CUES_SCHEMA_VERSION}. "
                "Make them again from the transcript."
            )
        return _SHEET.validate_python(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UnreadableCues(
            f"The cues are damaged at {where!r}: {first['msg']}. Make them again from the transcript."
        ) from None
    except ValueError as error:
        raise UnreadableCues(
            f"The cues are not JSON ({error}). Make them again from the transcript."
        ) from None
