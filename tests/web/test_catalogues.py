"""Every sentence is translated, and none stands in a template where no catalogue finds it."""

import re
import runpy
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from surtitle.web.catalogues import LANGUAGES, catalogue_file
from surtitle.web.pages import TEMPLATES

ROOT = Path(__file__).resolve().parents[2]
COLLECTED: Catalog = runpy.run_path(str(ROOT / "scripts" / "web_catalogues.py"))["collected"]()
TRANSLATIONS = sorted(LANGUAGES.keys() - {"en"})
PLACE = re.compile(r"%\(\w+\)s")
JINJA = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
SHOWN_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "aria-description", "label"}
# The product's name is the same everywhere.
NAMES = {"Surtitle"}


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_sentence_has_its_translation(language: str) -> None:
    with catalogue_file(language).open("rb") as file:
        known = read_po(file, locale=language)
    assert [told.id for told in COLLECTED if told.id and not _is_translated(known.get(told.id))] == []
    assert [told.id for told in known if told.id and told.id not in COLLECTED] == [], "run `make catalogues`"


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_takes_the_same_values_as_its_sentence(language: str) -> None:
    with catalogue_file(language).open("rb") as file:
        for told in read_po(file, locale=language):
            forms = told.string if isinstance(told.string, tuple) else (told.string,)
            wanted = told.id if isinstance(told.id, str) else told.id[-1]
            for form in forms if told.id else ():
                assert set(PLACE.findall(str(form))) <= set(PLACE.findall(wanted)), told.id


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_what_a_sentence_quotes_is_called_as_it_is_where_it_stands(language: str) -> None:
    with catalogue_file(language).open("rb") as file:
        said = {told.id: told.string for told in read_po(file, locale=language) if isinstance(told.id, str)}
    quoting = [(one, quoted) for one in said for quoted in re.findall("“([^”]+)”", one) if quoted in said]
    assert [one for one, quoted in quoting if str(said[quoted]) not in str(said[one])] == []


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("**/*.html")), ids=lambda path: path.name)
def test_a_template_says_nothing_that_no_catalogue_knows(template: Path) -> None:
    reader = _Said()
    reader.feed(JINJA.sub(" ", template.read_text()))
    assert [text for text in reader.said if re.search(r"[^\W\d_]{2}", text) and text not in NAMES] == []


def _is_translated(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


class _Said(HTMLParser):
    """The text of a template, and of its attributes that people see or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said += [line.strip(" ·\n") for line in data.splitlines()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [value or "" for name, value in attrs if name in SHOWN_ATTRIBUTES]
