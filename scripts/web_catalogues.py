"""`make catalogues`: bring the pages' catalogues up to date with what templates and code say.

New sentences come without a translation, those that nothing says any more go. A test fails while one lacks
its translation.
"""

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import surtitle.web
from surtitle.web.catalogues import LANGUAGES, SOURCE_LANGUAGE, catalogue_file

_WEB = Path(surtitle.web.__file__).parent
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
# A date of its own for each run would change the files without a reason.
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def collected() -> Catalog:
    """Every sentence that the pages can say."""
    found = Catalog(project="Surtitle", fuzzy=False, creation_date=_BEGAN, revision_date=_BEGAN)
    for file, _line, message, comments, context in extract_from_dir(_WEB, _METHODS):
        found.add(message, locations=[(Path(file).as_posix(), 0)], auto_comments=comments, context=context)
    return found


def main() -> None:
    for language in LANGUAGES:
        if language == SOURCE_LANGUAGE:
            continue
        path = catalogue_file(language)
        known = read_po(path.open("rb"), locale=language) if path.is_file() else Catalog(language)
        known.update(collected(), no_fuzzy_matching=True)
        known.project, known.creation_date, known.revision_date = "Surtitle", _BEGAN, _BEGAN
        known.fuzzy = False
        with path.open("wb") as file:
            write_po(file, known, ignore_obsolete=True, include_lineno=False, sort_output=True, width=110)


if __name__ == "__main__":
    main()
