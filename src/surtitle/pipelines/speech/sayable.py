"""A sentence as it is written, word by word, with what a voice is given to say."""

from collections.abc import Iterator
from dataclasses import dataclass

from surtitle.pipelines.speech.figures import Spoken, spoken_figures
from surtitle.pipelines.speech.wording import wording_of

_BLANKS = " \t\u00a0\u202f"


@dataclass(frozen=True, slots=True)
class SayableWords:
    """Written words that are said together ("5", "March", "2024"), and what is said for them."""

    written: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    text: str


def sayable(sentence: str, language: str) -> tuple[SayableWords, ...]:
    """`sentence` with figures, signs and abbreviations in words. What nobody can say (a lone dash) is joined
    to the word before it, so that every written word has its place.
    """
    wording = wording_of(language)
    figures = spoken_figures(sentence, wording) if wording is not None else ()
    groups = [_group(sentence, tokens, figures) for tokens in _together(_tokens(sentence), figures)]
    return tuple(_joined(groups))


def text_of(words: tuple[SayableWords, ...]) -> str:
    """What a voice is given."""
    return " ".join(group.said for group in words if group.said)


def _tokens(sentence: str) -> list[_Token]:
    tokens, start = [], 0
    for place, character in enumerate(f"{sentence} "):
        if character in _BLANKS:
            if place > start:
                tokens.append(_Token(start, place, sentence[start:place]))
            start = place + 1
    return tokens


def _together(tokens: list[_Token], figures: tuple[Spoken, ...]) -> Iterator[list[_Token]]:
    """Tokens that a figure spans stand in one group."""
    group: list[_Token] = []
    for token in tokens:
        spans = group and any(one.start < group[-1].end and token.start < one.end for one in figures)
        if group and not spans:
            yield group
            group = []
        group.append(token)
    if group:
        yield group


def _group(sentence: str, tokens: list[_Token], figures: tuple[Spoken, ...]) -> SayableWords:
    start, end = tokens[0].start, tokens[-1].end
    said, position = [], start
    for figure in figures:
        if start <= figure.start < end:
            said += [sentence[position : figure.start], figure.said]
            position = figure.end
    said.append(sentence[position:end])
    return SayableWords(tuple(token.text for token in tokens), " ".join("".join(said).split()))


def _joined(groups: list[SayableWords]) -> list[SayableWords]:
    kept: list[SayableWords] = []
    for group in groups:
        if kept and not any(map(str.isalnum, group.said)):
            before = kept.pop()
            group = SayableWords(before.written + group.written, f"{before.said} {group.said}".strip())  # noqa: PLW2901
        kept.append(group)
    return kept
