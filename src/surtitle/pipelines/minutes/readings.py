"""Sentences as the patterns see them: without hesitations, and with the words that carry what they say."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from surtitle.pipelines.minutes.sentences import Sentence
from surtitle.pipelines.minutes.wording import MeetingWording, wording_of

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_LOOSE_COMMAS = re.compile(r"\s*,(?:\s*,)+")
_SPACE_BEFORE_MARK = re.compile(r"\s+([,.])")
_LEADING = re.compile(r"^[\s,.;:…\u2014\u2013-]+")
_REPEATED = re.compile(r"\b(\w+)(?: \1\b)+", re.IGNORECASE)
_FIGURE = re.compile(
    r"\d|\b(?:percent|per cent|thousand|million|euros?|dollars?|pounds?|pour cent|mille|millions?|por ciento|"
    r"mil|millones)\b",
    re.IGNORECASE,
)
_MOST_OPENERS = 5
_SHORTEST_KEY = 3
# In a language whose small words are not known, those in so many of the sentences are taken for such.
_COMMON_SHARE = 0.06
_FEW_SENTENCES = 30


@dataclass(frozen=True)
class Reading:
    """`keys` are the words that carry what is said, folded, in their order; `said` those that carry none."""

    sentence: Sentence
    wording: MeetingWording
    common: frozenset[str] = frozenset()

    @cached_property
    def spoken(self) -> str:
        """Without hesitations."""
        text = self.wording.hesitations.sub("", self.sentence.text)
        text = _SPACE_BEFORE_MARK.sub(r"\1", _LOOSE_COMMAS.sub(",", " ".join(text.split())))
        return _LEADING.sub("", _REPEATED.sub(r"\1", text))

    @cached_property
    def plain(self) -> str:
        """Without hesitations and without what people say before they say something. May be empty."""
        mark = self.spoken[:1] if self.spoken.startswith(("¿", "¡")) else ""
        text = self.spoken[len(mark) :]
        for _ in range(_MOST_OPENERS):
            opener = self.wording.openers.match(text)
            if opener is None:
                break
            text = _LEADING.sub("", text[opener.end() :])
        return sentence_case(mark + text if text else "")

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return keys_of(self.plain, self.wording.said | self.common)

    @property
    def index(self) -> int:
        return self.sentence.index

    @property
    def speaker(self) -> str | None:
        return self.sentence.speaker

    @property
    def is_question(self) -> bool:
        return self.sentence.is_question

    @property
    def has_figure(self) -> bool:
        return _FIGURE.search(self.sentence.text) is not None


def readings_of(sentences: Sequence[Sentence]) -> tuple[Reading, ...]:
    """All sentences, in order."""
    common = _common_words(sentences)
    readings = []
    for sentence in sentences:
        wording = wording_of(sentence.language)
        readings.append(Reading(sentence, wording, frozenset() if wording.said else common))
    return tuple(readings)


def keys_of(text: str, without: frozenset[str]) -> tuple[str, ...]:
    """Words in small letters and without the plural's `s`, those of `without` left out."""
    return tuple(
        folded(word)
        for word in _words(text)
        if word not in without and (len(word) >= _SHORTEST_KEY or not word.isascii()) and not word.isdigit()
    )


def folded(word: str) -> str:
    return word[:-1] if len(word) > _SHORTEST_KEY + 1 and word.endswith("s") else word


def sentence_case(text: str) -> str:
    """A capital at the beginning, behind an opening mark also."""
    for place, letter in enumerate(text):
        if letter.isalnum():
            return text[:place] + letter.upper() + text[place + 1 :]
    return text


def alike(one: Iterable[str], other: Iterable[str]) -> float:
    """How much of the smaller set of keys is in the other, 0..1."""
    mine, theirs = set(one), set(other)
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))


def _words(text: str) -> list[str]:
    """Where no spaces tell words apart, every two signs that stand together."""
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        if _UNSPACED.search(word) and len(word) > 1:
            found += [word[place : place + 2] for place in range(len(word) - 1)]
        else:
            found.append(word)
    return found


def _common_words(sentences: Sequence[Sentence]) -> frozenset[str]:
    counts = Counter(word for sentence in sentences for word in set(_words(sentence.text)))
    most = max(2.0, _COMMON_SHARE * len(sentences)) if len(sentences) >= _FEW_SENTENCES else 3.0
    return frozenset(word for word, count in counts.items() if count > most)
