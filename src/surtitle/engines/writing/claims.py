"""What can be told of a writer's text without understanding it: figures that nobody said, and ways that lead
away.
"""

import re
from collections.abc import Collection

from text_to_num import alpha2digit

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
# What a person could be led to, by a link or by a name that acts as one.
_LEADS_AWAY = re.compile(
    r"https?:|www\.|://|\w@\w|\]\(|<[a-z/!]|\b[\w-]+\.(?:com|net|org|io|dev|app|ru|cn|xyz)\b", re.IGNORECASE
)
_HALF = re.compile(r"\b(?:half|halves|demie?s?|moitié|medi[oa]s?|mitad)\b", re.IGNORECASE)
# As people write it: 0.5, 50 %.
_HALVES = frozenset({"05", "5", "50"})
_SMALLEST_FIGURE = 0.0
_NUMBER_LANGUAGES = frozenset({"en", "fr", "es", "de", "it", "pt", "nl", "ca"})


def leads_away(text: str) -> bool:
    """Whether it holds a link, an address or markup."""
    return _LEADS_AWAY.search(text) is not None


def figures_of(text: str) -> set[str]:
    """Those that are written in digits, without the marks between them."""
    return {figure.replace(",", "").replace(".", "") for figure in _FIGURE.findall(text)}


def figures_said(text: str, languages: Collection[str]) -> set[str] | None:
    """Those that are said, in digits or in words. None where numbers in words cannot be read: in a language
    that we cannot count in.
    """
    if not _NUMBER_LANGUAGES.issuperset(languages):
        return None
    texts = [text, *(alpha2digit(text, language, _SMALLEST_FIGURE) for language in sorted(languages))]
    figures = {figure for one in texts for figure in figures_of(one)}
    return figures | _HALVES if _HALF.search(text) else figures
