"""A script as JSON: the artifact that people may read and later steps do."""

from pydantic import TypeAdapter

from surtitle.domain.films import FilmScript

SCRIPT_JSON = "script.json"
_SCRIPT = TypeAdapter(FilmScript)


def script_json(script: FilmScript) -> bytes:
    """UTF-8 JSON ending in a newline. Equal scripts give equal bytes."""
    return _SCRIPT.dump_json(script, indent=1) + b"\n"


def read_script(data: bytes) -> FilmScript:
    return _SCRIPT.validate_json(data)
