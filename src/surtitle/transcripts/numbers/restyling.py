"""A window of recognised words with its numbers in another style."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from surtitle.domain.languages import language_name
from surtitle.domain.options import NumberStyle
from surtitle.domain.recognition import RecognizedSegment, RecognizedWindow, RecognizedWord
from surtitle.transcripts.numbers.spoken import spoken
from surtitle.transcripts.numbers.tokens import Replacement, Token
from surtitle.transcripts.numbers.written import written
from surtitle.transcripts.punctuation import ends_sentence
from surtitle.transcripts.word_times import shared_out

NUMBER_LANGUAGES = frozenset({"en", "fr", "es"})
"""ISO 639-1 codes of the languages whose numbers can be restyled."""

_Finder = Callable[[Sequence[Token], str], Iterator[Replacement]]
_FINDERS: dict[NumberStyle, _Finder] = {NumberStyle.SPOKEN: spoken, NumberStyle.WRITTEN: written}


def restyle_numbers(
    window: RecognizedWindow, style: NumberStyle, language: str | None = None
) -> RecognizedWindow:
    """`window` with numbers as `style` wants them; the same window always gives the same words.

    `language` is the one that the text is written in; None takes each segment's own. Words of a
    language outside `NUMBER_LANGUAGES` stay as they are, and so does what is not surely a plain number:
    years, times, telephone numbers, money, one to nine. Several words that become one are spanned by
    it, with the lowest of their probabilities; a word that becomes several has its time shared out.
    """
    find = _FINDERS.get(style)
    if find is None:
        return window
    before: str | None = None
    segments: list[RecognizedSegment] = []
    for segment in window.segments:
        spoken_in = language or segment.language or window.next.language
        if spoken_in in NUMBER_LANGUAGES:
            segment = _restyled(segment, find, spoken_in, before)  # noqa: PLW2901 - the same, restyled
        segments.append(segment)
        before = segment.words[-1].text if segment.words else before
    return replace(window, segments=tuple(segments))


def restyling_warning(style: NumberStyle, languages: Iterable[str | None]) -> str | None:
    """What to tell a person who asked for `style` and whose text is in `languages`, if anything."""
    unknown = sorted({language for language in languages if language} - NUMBER_LANGUAGES)
    if style is NumberStyle.AS_HEARD or not unknown:
        return None
    names = " and ".join(map(language_name, unknown))
    return (
        f"Numbers in {names} stay as they were heard: number_style {style} knows English, French and Spanish."
    )


def _restyled(
    segment: RecognizedSegment, find: _Finder, language: str, before: str | None
) -> RecognizedSegment:
    """`before` is the word that comes before the segment, None at the start of a window."""
    groups = list(_between_spaces(segment.words))
    tokens = [Token.of("".join(word.text for word in group).strip()) for group in groups]
    replacements = {one.start: one for one in find(tokens, language)}
    if not replacements:
        return segment
    words: list[RecognizedWord] = []
    place = 0
    while place < len(tokens):
        one = replacements.get(place)
        if one is None:
            words += groups[place]
            place += 1
            continue
        previous = words[-1].text if words else before
        text = tokens[one.start].before + _cased(one.text, previous) + tokens[one.stop - 1].after
        heard = [word for group in groups[one.start : one.stop] for word in group]
        words += shared_out(_spanning(heard), text.split())
        place = one.stop
    return replace(segment, words=tuple(words))


def _between_spaces(words: Iterable[RecognizedWord]) -> Iterator[list[RecognizedWord]]:
    """The words in groups without a space inside: one as a rule, more of a hyphenated one."""
    group: list[RecognizedWord] = []
    for raw in words:
        for word in shared_out(raw, raw.text.split()):
            if group and word.text.startswith(" "):
                yield group
                group = []
            group.append(word)
    if group:
        yield group


def _spanning(words: Sequence[RecognizedWord]) -> RecognizedWord:
    probabilities = [word.probability for word in words if word.probability is not None]
    return replace(words[0], end_seconds=words[-1].end_seconds, probability=min(probabilities, default=None))


def _cased(text: str, before: str | None) -> str:
    """A capital at the start of a sentence, as which the start of a window counts."""
    opens = before is None or ends_sentence(before.strip())
    return text[:1].upper() + text[1:] if opens else text
