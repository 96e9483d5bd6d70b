"""Values of labels, kept from growing without end: each value is a series that Prometheus keeps for weeks."""

from collections.abc import Iterable
from enum import StrEnum

OTHER = "other"


class Vocabulary:
    """The values that one label may take: those `known` from the start, and the first `more` that come.

    What comes after those, or is longer than a name, is told as `other`. So neither a project's thousandth
    name nor a plugin that invents one each time makes a series without end.
    """

    _LONGEST = 80

    def __init__(self, known: Iterable[str | StrEnum] = (), more: int = 0) -> None:
        self._known = {str(value) for value in known}
        self._room = more

    def __call__(self, value: str | None) -> str:
        if value is None or not value or len(value) > self._LONGEST:
            return OTHER
        if value in self._known:
            return value
        if self._room <= 0 or not value.isprintable():
            return OTHER
        self._room -= 1
        self._known.add(value)
        return value
