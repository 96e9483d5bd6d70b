"""Remembers answers for a few seconds, so that not every request asks the database who is calling."""

import time
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")

_MOST = 10_000


class ShortMemory(Generic[T]):
    """At most 10,000 answers, each for `seconds`. None is no answer."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._known: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def recall(self, name: str) -> T | None:
        until, answer = self._known.get(name, (0.0, None))
        return answer if until > time.monotonic() else None

    def keep(self, name: str, answer: T) -> None:
        self._known[name] = (time.monotonic() + self._seconds, answer)
        self._known.move_to_end(name)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)

    def forget(self, name: str) -> None:
        self._known.pop(name, None)

    def clear(self) -> None:
        self._known.clear()
