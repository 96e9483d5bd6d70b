"""A prompt as it is read: blocks, and each one's words without markup."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from surtitle.pipelines.speech.markup import Pause, pieces_of, without_footnotes

_HEADING = re.compile(r"#{1,6}\s+(?P<text>\S.*)")
_POINT = re.compile(r"(?:[-*+•‣·]|\d{1,2}[.)])\s+(?P<text>\S.*)")
_QUOTE = re.compile(r">\s?(?P<text>.*)")
_NAMED = re.compile(r"[—–-]\s*\S")
_ENDS = ".!?…:;,。！？؟।"
_LONGEST_BARE_HEADING = 70


class BlockKind(StrEnum):
    HEADING = "heading"
    LIST = "list"
    QUOTE = "quote"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together."""

    kind: BlockKind
    lines: tuple[str, ...]


def shown(text: str) -> str:
    """`text` as it stands on the screen: no pauses, markup or emoji, one space between words."""
    return " ".join(" ".join(piece for piece in pieces_of(text) if isinstance(piece, str)).split())


def is_sayable(text: str) -> bool:
    """Whether there is a letter or a figure in it."""
    return any(character.isalnum() for character in shown(text))


def blocks_of(prompt: str) -> tuple[Block, ...]:
    """The prompt's parts in order, as Markdown or plain text marks them. What holds no word is left out;
    its pauses stand before what follows, or at the end.
    """
    blocks: list[Block] = []
    follows_on, pauses = False, ""
    for line in prompt.splitlines():
        kind, text = _read(without_footnotes(line).strip())
        if not is_sayable(text):
            follows_on, pauses = False, pauses + _pauses(text)
            continue
        last = blocks[-1] if blocks else None
        after_quote = follows_on and last is not None and last.kind is BlockKind.QUOTE
        if after_quote and kind is BlockKind.TEXT and _NAMED.match(text):
            kind = BlockKind.QUOTE
        text, pauses = pauses + text, ""
        if follows_on and last is not None and last.kind is kind and kind is not BlockKind.HEADING:
            blocks[-1] = Block(kind, (*last.lines, text))
        else:
            blocks.append(Block(kind, (text,)))
        follows_on = True
    if blocks and pauses:
        *lines, end = blocks[-1].lines
        blocks[-1] = Block(blocks[-1].kind, (*lines, f"{end} {pauses.rstrip()}"))
    return tuple(_with_bare_heading(blocks))


def _read(line: str) -> tuple[BlockKind, str]:
    for kind, mark in (
        (BlockKind.HEADING, _HEADING),
        (BlockKind.LIST, _POINT),
        (BlockKind.QUOTE, _QUOTE),
    ):
        if found := mark.fullmatch(line):
            return kind, found["text"]
    return BlockKind.TEXT, line


def _pauses(text: str) -> str:
    """Written as `pieces_of` reads them, without what stood around them."""
    pauses = (piece for piece in pieces_of(text) if isinstance(piece, Pause))
    return "".join(f"[pause {round(pause.seconds, 3):g}s] " for pause in pauses)


def _with_bare_heading(blocks: list[Block]) -> Iterator[Block]:
    """A short first line that is no sentence is the title, if more follows it."""
    first = blocks[0] if blocks else None
    if first is None or first.kind is not BlockKind.TEXT:
        yield from blocks
        return
    head, *rest = first.lines
    text = shown(head)
    is_bare = len(text) <= _LONGEST_BARE_HEADING and text[-1] not in _ENDS
    if not is_bare or not (rest or blocks[1:]):
        yield from blocks
        return
    yield Block(BlockKind.HEADING, (head,))
    if rest:
        yield Block(BlockKind.TEXT, tuple(rest))
    yield from blocks[1:]
