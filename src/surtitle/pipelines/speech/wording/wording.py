"""What a language needs to say what is written in figures, signs and abbreviations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Gender = Literal["masculine", "feminine"]
"""Of what is counted, where the language tells it apart; neuter counts as masculine."""


@dataclass(frozen=True, slots=True)
class Noun:
    """Something that is counted: one of it, many of it."""

    one: str
    many: str
    gender: Gender = "masculine"


@dataclass(frozen=True, slots=True)
class Money:
    """A currency with its hundredth, where it has one in daily use."""

    whole: Noun
    hundredth: Noun | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it is written; hours 0 to 24. `half` is "am" or "pm" where it was told."""

    hour: int
    minute: int
    half: str | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A date as it is written. `before` is the word before it, in lower case."""

    day: int
    month: int
    year: int | None = None
    before: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """One language's. Marks are those of written numbers: 1,234.5 in English, 1.234,5 in German.

    `clock` and `date` say times and dates. `ranks` are ends of written ordinals ("st", "nd"), by the gender
    that they tell. `spelled_years` are those that are said in hundreds. `joins_money`: between whole and
    hundredths.
    """

    language: str
    decimal_mark: str
    group_marks: str
    day_first: bool
    percent: str
    minus: str
    plus: str
    equals: str
    ampersand: str
    degrees: str
    up_to: str
    at_sign: str
    dot: str
    number_sign: str
    joins_money: str
    months: tuple[str, ...]
    clock: Callable[[Clock], str]
    date: Callable[[Day], str]
    ranks: Mapping[str, Gender]
    abbreviations: Mapping[str, str]
    money: Mapping[str, Money]
    units: Mapping[str, Noun]
    spelled_years: range = range(0)
    between_day_and_month: str = ""
    magnitudes: Mapping[str, str] = field(default_factory=dict)
    """Words after an amount of money ("million"), with what stands between them and the currency."""
    one_agrees: Literal["never", "alone", "always"] = "never"
    """Whether a 1 follows the gender of a noun behind it: only the number 1, or 21 and 31 too."""
    feminine_ends: tuple[str, ...] = ()
    """Ends of nouns that are nearly always feminine."""
    ranks_end_in_a_point: bool = False
    """Whether "3." may be a rank in the middle of a sentence."""
    before_figures: frozenset[str] = frozenset()
    """Abbreviations that are words or initials of their own unless a figure follows ("No.")."""
    before_names: frozenset[str] = frozenset()
    """The same, unless a capital letter follows ("Me")."""

    def abbreviates(self, text: str, following: str) -> bool:
        """Whether `text` is an abbreviation where `following` comes next, without the blanks between."""
        if text in self.before_figures:
            return following[:1].isdecimal()
        if text in self.before_names:
            return following[:1].isupper()
        return text in self.abbreviations

    def agrees(self, figures: str) -> bool:
        """Whether a number is said as its noun wants it."""
        if self.one_agrees == "always":
            return figures.endswith("1") and not figures.endswith("11")
        return self.one_agrees == "alone" and figures == "1"
