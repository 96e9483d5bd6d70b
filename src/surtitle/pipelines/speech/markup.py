"""A text as people send it: what is to be said of it, and where to pause.

Markup is for the eye: tags, Markdown's signs, footnote marks, emoji and control characters are left out.
Pauses are written `[pause]`, `[pause 0.5s]`, `[pause 500ms]` or as SSML's `<break time="500ms"/>`.
https://www.w3.org/TR/speech-synthesis11/#S3.2.3
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

DEFAULT_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0

_PAUSE = re.compile(
    r"\[pause(?:\s+(?P<told>\d{1,6}(?:\.\d{1,3})?)\s*(?P<unit>ms|s))?\]"
    r"|<break\b(?P<attributes>[^<>]{0,200})/?>",
    re.IGNORECASE,
)
_TIME = re.compile(r"time\s*=\s*[\"'](\d{1,6}(?:\.\d{1,3})?)(ms|s)[\"']", re.IGNORECASE)
_STRENGTH = re.compile(r"strength\s*=\s*[\"']([a-z-]{1,20})[\"']", re.IGNORECASE)
_STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.5, "strong": 0.8, "x-strong": 1.2}
# A tag begins with a letter: "2 < 3 > 1" has none.
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>|<!--.{0,2000}?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,2000}\)")
_LINE_MARKS = re.compile(r"^[ \t]{0,3}(?:#{1,6}[ \t]+|>[ \t]?|[-*+•‣·][ \t]+)", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]?){3,}$", re.MULTILINE)
# A footnote's mark, or its link, stands right behind what it belongs to: "1998[2]". "[a] man" is quoted.
_FOOTNOTE = re.compile(
    r"(?<=[^\s\[(“\u2018«„])\[(?:\^?\d{1,3}|(?<![\"']\[)[a-z])\](?:\([^()\s]{0,2000}\))?(?![(\]])"
)
# "2*3" is not 23.
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[*`~|\\^{}\[\]]+(?=\d)")
_EMPHASIS = re.compile(r"[*`~|\\^{}\[\]]+|(?<!\w)_+|_+(?!\w)")
# What an emoji leaves behind. French sets a space before the other marks.
_LOOSE_STOP = re.compile(r"[ \t]+([.,])(?=\s|$)")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_PICTURES = frozenset({"So", "Sk"})
# Signs of that category which are read out.
_READ_OUT = frozenset("°©®™№")
_SELECTORS = range(0xFE00, 0xFE10)


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence that was asked for."""

    seconds: float


def pieces_of(text: str) -> Iterator[str | Pause]:
    """What is to be said, as plain text, and the pauses in between, in order. Nothing in it is blank."""
    text, position = without_footnotes(text), 0
    for match in _PAUSE.finditer(text):
        if said := _unmarked(text[position : match.start()]):
            yield said
        if seconds := _seconds(match):
            yield Pause(seconds)
        position = match.end()
    if said := _unmarked(text[position:]):
        yield said


def plain(text: str) -> str:
    """`text` without markup, emoji and what cannot be seen. Line breaks are kept."""
    return _unmarked(without_footnotes(text))


def without_footnotes(text: str) -> str:
    """`text` without marks like "[2]" behind a word or a sentence. A text is cut into sentences after it."""
    return _FOOTNOTE.sub("", text)


def _unmarked(text: str) -> str:
    text = _RULE.sub("", _LINE_MARKS.sub("", _LINK.sub(r"\1", _TAG.sub(" ", text))))
    text = _EMPHASIS.sub("", _BETWEEN_DIGITS.sub(" ", text))
    # Entities last: what they stand for is text, not markup.
    text = unicodedata.normalize("NFC", html.unescape(text))
    return _LOOSE_STOP.sub(r"\1", "".join(filter(_is_read, text))).strip()


def _seconds(match: re.Match[str]) -> float:
    if match["attributes"] is not None:
        time, strength = _TIME.search(match["attributes"]), _STRENGTH.search(match["attributes"])
        if time is not None:
            return _bounded(float(time[1]), time[2])
        known = _STRENGTHS.get(strength[1].lower()) if strength else None
        return DEFAULT_PAUSE_SECONDS if known is None else known
    if match["told"] is None:
        return DEFAULT_PAUSE_SECONDS
    return _bounded(float(match["told"]), match["unit"])


def _bounded(amount: float, unit: str) -> float:
    return min(amount / 1000 if unit.lower() == "ms" else amount, LONGEST_PAUSE_SECONDS)


def _is_read(character: str) -> bool:
    if character in "\n\t" or character in _READ_OUT:
        return True
    category = unicodedata.category(character)
    return not (category in _UNSEEN or category in _PICTURES or ord(character) in _SELECTORS)
