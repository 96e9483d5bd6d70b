"""Digits as spoken numbers. What is more than a number, or could be said in two ways, stays in digits.

unicode-rbnf says the numbers, by the rules of the Unicode CLDR ("Rule-Based Number Format").
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from surtitle.transcripts.numbers.tokens import Replacement, Token, neighbours

_WHOLE = re.compile(r"0|[1-9]\d{0,5}")
_GROUPED = re.compile(r"[1-9]\d{0,2},\d{3}")
_DECIMAL = {
    "en": re.compile(r"\d{1,6}\.\d{1,4}"),
    "fr": re.compile(r"\d{1,6},\d{1,4}"),
    "es": re.compile(r"\d{1,6},\d{1,4}"),
}
_RANK = {"en": re.compile(r"([1-9]\d?)(?:st|nd|rd|th)"), "fr": re.compile(r"([2-9]|[1-9]\d)(?:e|è|ème|ième)")}
_PERCENT = {"en": "percent", "fr": "pour cent", "es": "por ciento"}
# Four figures without a comma are a year in English: "1984", but "1,984 people".
_YEARS = range(1100, 2100)
_HOUR = "h"


def spoken(tokens: Sequence[Token], language: str) -> Iterator[Replacement]:
    """The digits among `tokens` in words; `language` is `en`, `fr` or `es`."""
    for place, token in enumerate(tokens):
        beside = [tokens[near] for near in neighbours(tokens, place, place + 1)]
        if not token.has_digit or any(map(_belongs_to_digits, beside)):
            continue
        if (text := _said(token.core, language)) is not None:
            yield Replacement(place, place + 1, text)


def _belongs_to_digits(token: Token) -> bool:
    """Whether `token` beside digits makes them a telephone number, a price, a percentage or a time."""
    return token.has_digit or token.core == _HOUR or not any(map(str.isalpha, token.core))


def _said(core: str, language: str) -> str | None:
    if core.endswith("%"):
        number = _said(core[:-1], language)
        return None if number is None else f"{number} {_PERCENT[language]}"
    if _WHOLE.fullmatch(core):
        return _whole(int(core), language)
    if language == "en" and _GROUPED.fullmatch(core):
        return _cardinal(int(core.replace(",", "")), language)
    if _DECIMAL[language].fullmatch(core):
        return str(_engine(language).format_number(Decimal(core.replace(",", "."))).text)
    if language in _RANK and (rank := _RANK[language].fullmatch(core)):
        return _ordinal(int(rank[1]), language)
    return None


def _whole(number: int, language: str) -> str | None:
    if language == "en" and number in _YEARS:
        from unicode_rbnf import FormatPurpose  # noqa: PLC0415

        return str(_engine(language).format_number(number, FormatPurpose.YEAR).text)
    return _cardinal(number, language)


def _cardinal(number: int, language: str) -> str | None:
    """None where the noun decides ("veintiún", "veintiuna"), which digits spare the reader."""
    from unicode_rbnf import FormatPurpose  # noqa: PLC0415

    return _only(_engine(language).format_number(number, FormatPurpose.CARDINAL))


def _ordinal(number: int, language: str) -> str | None:
    from unicode_rbnf import FormatPurpose  # noqa: PLC0415

    ranked = _engine(language).format_number(number, FormatPurpose.ORDINAL)
    forms = {text for name, text in ranked.text_by_ruleset.items() if not name.endswith("plural")}
    return forms.pop() if len(forms) == 1 else None


def _only(said: Any) -> str | None:
    forms = set(said.text_by_ruleset.values())
    return str(forms.pop()) if len(forms) == 1 else None


@cache
def _engine(language: str) -> Any:
    from unicode_rbnf import RbnfEngine  # noqa: PLC0415 - it reads its rules from files

    return RbnfEngine.for_language(language)
