"""What is spoken, and where it is silent, in order; nothing is looked at before it is its turn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from surtitle.pipelines.speech.markup import Pause, pieces_of
from surtitle.pipelines.speech.sayable import SayableWords, sayable, text_of
from surtitle.pipelines.speech.sentences import sentences_of

BETWEEN_SENTENCES_SECONDS = 0.3
BETWEEN_PASSAGES_SECONDS = 0.55


@dataclass(frozen=True, slots=True)
class Sentence:
    """To be spoken at once. `passage` is the number of its paragraph."""

    passage: int
    words: tuple[SayableWords, ...]

    @property
    def said(self) -> str:
        """What a voice is given."""
        return text_of(self.words)


@dataclass(frozen=True, slots=True)
class Silence:
    """Before what follows. `asked_for`: the text says so; it is kept at the end too."""

    passage: int
    seconds: float
    asked_for: bool


Part = Sentence | Silence


def planned(passages: Sequence[str], language: str, speed: float = 1.0) -> Iterator[Part]:
    """The parts of all passages. Between two sentences there is always a silence."""
    between: Silence | None = None
    for number, passage in enumerate(passages):
        for part in _in_passage(number, passage, language):
            if isinstance(part, Sentence):
                if between is not None:
                    yield between
                yield part
                between = Silence(number, BETWEEN_SENTENCES_SECONDS / speed, asked_for=False)
            else:
                # A pause that was asked for takes the place of ours.
                between = None
                yield part
        if between is not None:
            between = Silence(number, BETWEEN_PASSAGES_SECONDS / speed, asked_for=False)


def _in_passage(number: int, passage: str, language: str) -> Iterator[Part]:
    for piece in pieces_of(passage):
        if isinstance(piece, Pause):
            yield Silence(number, piece.seconds, asked_for=True)
            continue
        for sentence in sentences_of(piece, language):
            # Emoji, rules and lone marks leave sentences in which nothing is said.
            if any(map(str.isalnum, sentence)):
                yield Sentence(number, sayable(sentence, language))
