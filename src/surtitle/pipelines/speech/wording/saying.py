"""Numbers in words, by the Unicode CLDR's rules."""

from decimal import Decimal
from functools import cache
from typing import Any

from surtitle.pipelines.speech.wording.wording import Gender


def number(value: int | Decimal, language: str) -> str:
    """As it is counted: "twenty-one", "three point five"."""
    forms = _forms(language, value, "CARDINAL")
    wanted = ("spellout-numbering", "spellout-cardinal-masculine", "spellout-cardinal")
    return _said(next(forms[name] for name in wanted if name in forms))


def counted(value: int, language: str, gender: Gender) -> str:
    """As it stands before a noun: "veintiún", "une"."""
    forms = _forms(language, value, "CARDINAL")
    return _said(forms.get(f"spellout-cardinal-{gender}") or forms["spellout-cardinal"])


def year(value: int, language: str) -> str:
    """In hundreds, where the language does so: "nineteen eighty-four"."""
    return _said(next(iter(_forms(language, value, "YEAR").values())))


def rank(value: int, language: str, gender: Gender = "masculine") -> str:
    """An ordinal: "third", "troisième", "tercera"."""
    forms = _forms(language, value, "ORDINAL")
    wanted = (f"spellout-ordinal-{gender}", "spellout-ordinal")
    return _said(next((forms[name] for name in wanted if name in forms), next(iter(forms.values()))))


def rank_in_case(value: int, language: str, ending: str) -> str:
    """A German ordinal by its ending: "fünften" for "n"."""
    return _said(_forms(language, value, "ORDINAL")[f"spellout-ordinal-{ending}"])


def digits(text: str, language: str) -> str:
    """Each figure for itself: telephone numbers, codes."""
    return " ".join(number(int(figure), language) for figure in text if figure.isdigit())


def _forms(language: str, value: int | Decimal, purpose: str) -> dict[str, str]:
    from unicode_rbnf import FormatPurpose  # noqa: PLC0415 - as `_engine`

    found: dict[str, str] = _engine(language).format_number(value, FormatPurpose[purpose]).text_by_ruleset
    return found


def _said(text: object) -> str:
    # The rules mark where a word may be broken.
    return str(text).replace("\u00ad", "")


@cache
def _engine(language: str) -> Any:
    from unicode_rbnf import RbnfEngine  # noqa: PLC0415 - it reads its rules from files

    return RbnfEngine.for_language(language)
