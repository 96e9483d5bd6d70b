"""Names that people give to what is theirs: a project, a key."""

import unicodedata

from surtitle.errors import Invalid

NAME_CHARACTERS = 120


def checked_name(text: str) -> str:
    """`text` in NFC, without spaces around it. Raises `Invalid` for one that no list could show."""
    name = unicodedata.normalize("NFC", text.strip())
    if not name or len(name) > NAME_CHARACTERS or not name.isprintable():
        raise Invalid(
            f"A name has 1 to {NAME_CHARACTERS} characters, and no line breaks or other control characters.",
            field="name",
        )
    return name
