"""Forms with a clip of a voice, for every surface that takes one: read as they arrive, kept nowhere."""

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from surtitle.api.native.voice_schemas import ConsentRequest, VoiceName
from surtitle.api.services import Services
from surtitle.api.uploading import CheckFields, take_any
from surtitle.errors import Invalid, TooLarge
from surtitle.media.multipart import FilePart, Form, receive_multipart

CONSENT: dict[str, dict[str, Any]] = {
    "given_by": {"type": "string", "description": "Who agreed, and how.", "maxLength": 200},
    "purpose": {"type": "string", "description": "What the voice may be used for.", "maxLength": 2000},
    "given_at": {"type": "string", "format": "date-time", "description": "When; left out, now."},
    "expires_at": {"type": "string", "format": "date-time", "description": "Until when."},
}
"""The fields of a consent in a form, as OpenAPI describes them."""

Fields = TypeVar("Fields", bound=BaseModel)


class NoFields(BaseModel):
    """The clip stands alone."""

    model_config = ConfigDict(extra="forbid")


class ClipFields(NoFields):
    """The fields beside a clip of a known voice."""

    alike: bool = False


class VoiceFields(ClipFields):
    """The fields beside the first clip of a voice."""

    name: VoiceName
    own: bool = False
    consent: ConsentRequest = Field()


@asynccontextmanager
async def received_clip(
    request: Request, use: Services, check: CheckFields = take_any
) -> AsyncIterator[Form[tuple[Path, str]]]:
    """The form, with the clip as a file that is gone when the block ends, and what it was called.

    `check` raises for fields that cannot be, before the file comes and again when all fields are there.
    """
    scratch = use.settings.scratch_directory
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="clip-", dir=scratch) as folder:
        path = Path(folder) / "clip"

        async def keep(part: FilePart) -> tuple[Path, str]:
            check(part.fields)
            await _write(path, part, use.settings.voices.clip_bytes)
            check(part.fields)
            return path, part.filename or "The clip"

        yield await receive_multipart(request.stream(), request.headers.get("content-type"), on_file=keep)


def with_consent(fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A form is flat: what belongs to the consent is put where it belongs."""
    told = dict(fields)
    consent = {name: told.pop(name) for name in CONSENT if name in told}
    return {**told, "consent": consent}


def read_fields(kind: type[Fields], fields: Mapping[str, Any]) -> Fields:
    """Raises `Invalid` naming the first that is wrong."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][-1]) if first["loc"] else "file"
        raise Invalid(f"The field {field!r}: {first['msg']}.", field=field) from None


async def _write(path: Path, part: FilePart, most_bytes: int) -> None:
    received = 0
    with path.open("wb") as file:
        async for chunk in part.chunks:
            received += len(chunk)
            if received > most_bytes:
                raise TooLarge(f"A clip has {most_bytes} bytes at most; half a minute of speech is enough.")
            file.write(chunk)
