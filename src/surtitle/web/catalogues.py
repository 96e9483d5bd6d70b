"""What pages say, in each language: gettext catalogues, compiled when a process starts."""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

SOURCE_LANGUAGE = "en"
"""The language of the templates themselves."""

LANGUAGES = {"en": "English", "fr": "Français", "es": "Español"}
"""What the pages speak, each by its own name."""

LOCALE = Path(__file__).parent / "locale"


def mark(text: str) -> str:
    """`text` as it is, found by whoever collects what is to be translated; translated when it is shown."""
    return text


@cache
def catalogue(language: str) -> Translations:
    """The sentences of one of `LANGUAGES`; those of the source language are the templates' own."""
    compiled = BytesIO()
    if language != SOURCE_LANGUAGE:
        with catalogue_file(language).open("rb") as file:
            write_mo(compiled, read_po(file, locale=language))
        compiled.seek(0)
        return Translations(compiled)
    return Translations()


def catalogue_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "surtitle.po"
