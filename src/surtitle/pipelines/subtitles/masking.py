"""Swear words in cues, shown as their first letter and asterisks."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from surtitle.domain.transcript import Segment, Transcript, Word
from surtitle.pipelines.subtitles.swear_words import SWEAR_LANGUAGES, is_swear_word

# A compound counts as one word: "cul-de-sac" is no swear word.
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def masked(transcript: Transcript) -> Transcript:
    """`transcript` with the same words, each letter of a swear word but its first an asterisk.

    Only whole words, in the languages of `SWEAR_LANGUAGES`; times, ids and lengths stay.
    """
    return replace(
        transcript,
        segments=tuple(
            _masked_segment(segment, transcript.written_in(segment)) for segment in transcript.segments
        ),
    )


def unmaskable_languages(transcript: Transcript) -> list[str]:
    """ISO 639-1 codes of the languages in `transcript` whose swear words nobody here knows."""
    written = {transcript.written_in(segment) for segment in transcript.segments}
    return sorted(language for language in written if language and language not in SWEAR_LANGUAGES)


def _masked_segment(segment: Segment, language: str | None) -> Segment:
    if language is None or language not in SWEAR_LANGUAGES:
        return segment
    words = [word for group in _between_spaces(segment.words) for word in _masked_group(group, language)]
    return replace(segment, words=tuple(words))


def _between_spaces(words: Iterable[Word]) -> Iterator[list[Word]]:
    """Recognisers part "cul-de-sac" into words that are glued: what no space parts is looked at as one."""
    group: list[Word] = []
    for word in words:
        if group and not word.glued:
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _masked_group(group: list[Word], language: str) -> Iterator[Word]:
    text = "".join(word.text for word in group)
    shown = _WORD.sub(lambda found: _mask(found[0], language), text)
    at = 0
    for word in group:
        following = at + len(word.text)
        yield word if shown == text else replace(word, text=shown[at:following])
        at = following


def _mask(word: str, language: str) -> str:
    if not is_swear_word(word.replace("-", ""), language):
        return word
    return word[0] + "".join("*" if character.isalpha() else character for character in word[1:])
