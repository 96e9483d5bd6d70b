"""What stands between two spaces, taken apart: a number rarely comes without its punctuation."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Signs of money and the like are no punctuation: "$5" is not the token "5".
_PARTS = re.compile(r"([\"'“«(\[¿¡]*)(.*?)([.,;:!?…\"'”»)\]]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """`core` between its punctuation; ` "21." ` has the core `21`."""

    before: str
    core: str
    after: str

    @classmethod
    def of(cls, text: str) -> "Token":
        found = _PARTS.fullmatch(text)
        return cls(*found.groups()) if found else cls("", text, "")

    @property
    def has_digit(self) -> bool:
        return any(character.isdigit() for character in self.core)


@dataclass(frozen=True, slots=True)
class Replacement:
    """`text` instead of the cores of the tokens `start` to `stop` (exclusive)."""

    start: int
    stop: int
    text: str


def neighbours(tokens: Sequence[Token], start: int, stop: int) -> Iterator[int]:
    """The places beside `start` to `stop` that no punctuation parts from them."""
    if start > 0 and not tokens[start - 1].after and not tokens[start].before:
        yield start - 1
    if stop < len(tokens) and not tokens[stop - 1].after and not tokens[stop].before:
        yield stop
