"""Words heard against words said: by `jiwer`, after Whisper's own English normaliser (case, punctuation,
spelling of numbers).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import jiwer

with warnings.catch_warnings():
    # Its docstrings hold escapes that Python warns of whenever it compiles them.
    warnings.simplefilter("ignore")
    from whisper_normalizer.english import EnglishTextNormalizer

_plain = EnglishTextNormalizer()

# An utterance of fewer words than this is too short to be called lost: one wrong word would decide.
_LEAST_WORDS = 3
_LEAST_SHARE_HEARD = 1 / 3


@dataclass(frozen=True, slots=True)
class Score:
    """Words that were said, and what became of them. `added` were heard and never said."""

    words: int
    wrong: int
    missing: int
    added: int

    @property
    def rate(self) -> float:
        """The word error rate: 0 is perfect, above 1 is possible."""
        return self.errors / self.words

    @property
    def errors(self) -> int:
        return self.wrong + self.missing + self.added

    def cells(self) -> tuple[str, ...]:
        return f"{self.rate:.2%}", str(self.words), str(self.wrong), str(self.missing), str(self.added)


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of the words of a conversation, and how many of its utterances were lost."""

    score: Score
    lost: int

    def cells(self) -> tuple[str, ...]:
        return *self.score.cells(), str(self.lost)


def judged(said: Sequence[str], heard: str) -> Heard:
    """`said` utterance by utterance."""
    return Heard(score(" ".join(said), heard), len(lost_utterances(said, heard)))


def score(said: str, heard: str) -> Score:
    counted = jiwer.process_words(_plain(said), _plain(heard))
    words = counted.hits + counted.substitutions + counted.deletions
    return Score(words, counted.substitutions, counted.deletions, counted.insertions)


def lost_utterances(said: Sequence[str], heard: str) -> list[int]:
    """Which of the utterances were not heard: those of three words or more of which the alignment of all
    that was said with `heard` finds fewer than a third right.
    """
    words = [_plain(utterance).split() for utterance in said]
    right = _words_heard_right([word for utterance in words for word in utterance], heard)
    ends = list(accumulate(len(utterance) for utterance in words))
    return [
        number
        for number, (utterance, end) in enumerate(zip(words, ends, strict=True))
        if len(utterance) >= _LEAST_WORDS
        and sum(right[end - len(utterance) : end]) < _LEAST_SHARE_HEARD * len(utterance)
    ]


def count_words(text: str) -> int:
    """Everything with a letter or a digit in it; notes and dashes are no words."""
    return sum(any(letter.isalnum() for letter in word) for word in text.split())


def _words_heard_right(said: list[str], heard: str) -> list[bool]:
    right = [False] * len(said)
    for chunk in jiwer.process_words(" ".join(said), _plain(heard)).alignments[0]:
        if chunk.type == "equal":
            span = chunk.ref_end_idx - chunk.ref_start_idx
            right[chunk.ref_start_idx : chunk.ref_end_idx] = [True] * span
    return right
