"""Speakers whom a request knows: names, and a sample of each voice as a data URL (RFC 2397)."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from surtitle.api.openai.errors import InvalidValue

NOBODY_KNOWN = "unknown"
"""Who speaks, in an answer, where nobody was found to."""
MOST_KNOWN_SPEAKERS = 4
# Ten seconds of 48 kHz stereo PCM are 1.9 MB, and a third more in base64.
REFERENCES_BYTES = MOST_KNOWN_SPEAKERS * 4 * 1024**2
"""Of all references of a request together, as they are sent."""

_NAME_CHARACTERS = 100
_DATA_URL = re.compile(r"data:(?P<kind>[^,]{0,200}),", re.IGNORECASE)
_BASE64 = re.compile(r";\s*base64$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class KnownSpeaker:
    """A name, and a file in which this voice alone is heard."""

    name: str
    sample: bytes = field(repr=False)


def known_speakers(names: Sequence[str], references: Sequence[str]) -> tuple[KnownSpeaker, ...]:
    """Each name with its sample. Raises `InvalidValue` for what cannot be read, or does not fit together."""
    if len(names) != len(references):
        raise InvalidValue(
            f"There are {len(names)} known_speaker_names and {len(references)} known_speaker_references; "
            "give one reference for each name, in the same order.",
            field="known_speaker_references",
        )
    spoken = [_checked_name(name) for name in names]
    if len(set(spoken)) < len(spoken):
        raise InvalidValue("known_speaker_names has a name twice.", field="known_speaker_names")
    samples = [_sample(number, url) for number, url in enumerate(references, 1)]
    return tuple(KnownSpeaker(name, sample) for name, sample in zip(spoken, samples, strict=True))


def _checked_name(name: str) -> str:
    settled = name.strip()
    if not settled or len(settled) > _NAME_CHARACTERS or not settled.isprintable():
        raise InvalidValue(
            f"{name[:40]!r} cannot be a speaker's name: write 1 to {_NAME_CHARACTERS} characters without "
            "control characters.",
            field="known_speaker_names",
        )
    if settled.casefold() == NOBODY_KNOWN:
        raise InvalidValue(
            f"{settled!r} cannot be a speaker's name: answers say it of words at a time when nobody was "
            "found to speak.",
            field="known_speaker_names",
        )
    return settled


def _sample(number: int, url: str) -> bytes:
    head = _DATA_URL.match(url)
    if head is None:
        raise _unreadable(number, "it does not begin as data:audio/wav;base64,…")
    coded = url[head.end() :]
    if _BASE64.search(head["kind"]) is None:
        return unquote_to_bytes(coded)
    try:
        return base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise _unreadable(number, "what follows the comma is not base64") from None


def _unreadable(number: int, why: str) -> InvalidValue:
    return InvalidValue(
        f"The reference number {number} is no data URL with sound: {why}.", field="known_speaker_references"
    )
