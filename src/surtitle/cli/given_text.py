"""A text that is given to a command: as an argument, or `-` for standard input."""

import io
import sys

from surtitle.errors import Invalid, TooLarge

_MOST_CHARACTERS = 1024**2


def given_text(argument: str) -> str:
    """Raises `Invalid` for bytes that are no text, `TooLarge` for more than 1,048,576 characters."""
    try:
        text = _piped() if argument == "-" else argument
        # Bytes of an argument that are no text came here as halves of characters.
        text.encode()
    except UnicodeError:
        raise Invalid(
            "What was given is no text in UTF-8. Convert it first, for example: iconv -f latin1 -t utf-8."
        ) from None
    if len(text) > _MOST_CHARACTERS:
        raise TooLarge(f"The text has more than {_MOST_CHARACTERS:,} characters; give it in parts.")
    return text


def _piped() -> str:
    reader = io.TextIOWrapper(sys.stdin.buffer, sys.stdin.encoding, errors="strict")
    try:
        return reader.read(_MOST_CHARACTERS + 1)
    finally:
        reader.detach()
