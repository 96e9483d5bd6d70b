"""What files tell of a recording: who speaks when, who says what, or the words alone."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf

from surtitle.errors import Invalid


@dataclass(frozen=True, slots=True)
class Said:
    """One stretch of speech. `speaker` is None in plain text, `text` None where only turns are known."""

    speaker: str | None
    start_seconds: float
    end_seconds: float
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one file tells, or several together. A list is None where files of that kind do not tell such
    things, and empty where they do and there are none.
    """

    recordings: frozenset[str] = field(default_factory=frozenset)
    turns: list[Said] | None = None
    """Who speaks when."""
    utterances: list[Said] | None = None
    """Who says what, and when."""
    text: list[Said] | None = None
    """What is said."""

    @property
    def speaking(self) -> list[Said] | None:
        """Turns. Where they are told apart from words, they are the better judge of times."""
        if self.turns is not None or self.utterances is None:
            return self.turns
        return [one for one in self.utterances if one.speaker is not None]

    @property
    def words(self) -> list[Said] | None:
        if self.utterances is None and self.text is None:
            return None
        return [one for one in [*(self.utterances or ()), *(self.text or ())] if one.text is not None]


def said(place: str, speaker: object, start: object, end: object, text: object = None) -> Said:
    """A stretch of speech that stands at `place` in a file. Raises `Invalid` for what cannot be."""
    if speaker is not None and not (isinstance(speaker, str) and speaker.strip()):
        raise Invalid(f"{place}: {speaker!r} is no speaker.", field="file")
    if text is not None and not isinstance(text, str):
        raise Invalid(f"{place}: {text!r} is no text.", field="file")
    start_seconds, end_seconds = seconds(place, start), seconds(place, end)
    if start_seconds > end_seconds:
        raise Invalid(f"{place}: a turn from {start_seconds:g} to {end_seconds:g} s cannot be.", field="file")
    return Said(speaker, start_seconds, end_seconds, text)


def seconds(place: str, value: object) -> float:
    """A time or a duration, as a number or in digits. Raises `Invalid`."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            # Written so that what is no number fails, too.
            if 0 <= float(value) < inf:
                return float(value)
    raise Invalid(f"{place}: {value!r} is no time in seconds.", field="file")


def joined(lists: Iterable[list[Said] | None]) -> list[Said] | None:
    """All of those that there are; None if there are none."""
    told = [one for one in lists if one is not None]
    return [one for each in told for one in each] if told else None
