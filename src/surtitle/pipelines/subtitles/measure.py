"""How much room text takes on the screen, and where a word too long for a line may be cut."""

import unicodedata
from collections.abc import Iterator

_WIDE = frozenset("WF")
_ZERO_WIDTH_CATEGORIES = frozenset({"Mn", "Me", "Cf"})
_JOINERS = frozenset("\u200d\ufe0f\ufe0e")
# A web address is easier to read cut after one of these.
_GOOD_CUTS = frozenset("/-_.?&=#:@,。、")


def text_width(text: str) -> int:
    """Characters as a line counts them: a wide (East Asian) one is two, a combining mark none.

    With it 42 characters a line are 21 Chinese ones, and 20 a second are 10; Netflix's guides for
    Chinese and Japanese lie at 16 and 13 a line.
    """
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def pieces_of_width(text: str, max_width: int) -> Iterator[str]:
    """`text` cut into pieces no wider than `max_width`, after a joining mark where one is near."""
    while text_width(text) > max_width:
        cut = _cut_position(text, max_width)
        yield text[:cut]
        text = text[cut:]
    yield text


def _cut_position(text: str, max_width: int) -> int:
    width, longest = 0, 0
    for position, character in enumerate(text):
        width += _character_width(character)
        if width > max_width:
            break
        longest = position + 1
    for position in range(longest, longest // 2, -1):
        if text[position - 1] in _GOOD_CUTS:
            return position
    for position in range(longest, 0, -1):
        if not _belongs_to_previous(text, position):
            return position
    return max(1, longest)


def _belongs_to_previous(text: str, position: int) -> bool:
    following = text[position : position + 1]
    return (
        text[position - 1] in _JOINERS
        or following in _JOINERS
        or unicodedata.category(following or " ") in _ZERO_WIDTH_CATEGORIES
    )


def _character_width(character: str) -> int:
    if unicodedata.category(character) in _ZERO_WIDTH_CATEGORIES:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
