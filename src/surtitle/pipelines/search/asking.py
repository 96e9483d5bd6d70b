"""A question answered from what was said: with quotes that stand there, or not at all.

The recordings are material, whatever they say: a writer gets them as data, and of its answer only that is
believed which it can quote.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field

from surtitle.engines.writing import AnswerForm, Writer, Writers, WritingOrder
from surtitle.errors import Unavailable
from surtitle.pipelines.search.filters import Filters
from surtitle.pipelines.search.finding import Found, Search
from surtitle.pipelines.search.moments import Moment
from surtitle.pipelines.search.terms import terms_of

log = logging.getLogger(__name__)

_READ_MOMENTS = 8
_SHOWN_MOMENTS = 3
# Measured with benchmarks/search.py: below this a moment seldom has to do with the question.
_RELATED = 0.30
# Without meaning: so much of the question's own words must be said.
_SAID_SHARE = 0.6
_QUOTE_CHARACTERS = 400
_INSTRUCTIONS = (
    "Answer the question from the moments of recordings in the material, in the question's language, in at "
    "most five sentences. Use nothing else that you know. For everything that you say, quote the words that "
    "it rests on: copied from one moment word for word, at least four words long, with that moment's number. "
    "If the moments do not tell, leave the answer empty and quote nothing."
)


class Quote(AnswerForm):
    """Words of a moment, by its number in the material."""

    moment: int = Field(ge=1, le=_READ_MOMENTS)
    words: Annotated[str, Field(min_length=1, max_length=_QUOTE_CHARACTERS)]


class WrittenAnswer(AnswerForm):
    """What a writer is asked for."""

    answer: Annotated[str, Field(max_length=2000)]
    quotes: Annotated[list[Quote], Field(max_length=12)]


@dataclass(frozen=True, slots=True)
class Cited:
    """A moment that an answer rests on, and the words of it that count; None: all of it."""

    moment: Moment
    quote: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` None: the moments speak for themselves; no moments: the recordings do not tell.

    `writer` is the model that wrote the text. `notice` says what was left out, and why.
    """

    text: str | None
    cited: Sequence[Cited]
    writer: str | None
    found: Found
    notice: str | None = None

    @property
    def is_told(self) -> bool:
        """Whether the recordings tell anything about the question."""
        return bool(self.cited)


class Asking:
    """Answers questions about the recordings of a project."""

    def __init__(self, search: Search, writers: Writers) -> None:
        self._search = search
        self._writers = writers

    async def ask(
        self, project_id: UUID, question: str, filters: Filters | None = None, writer: str | None = None
    ) -> Answer:
        """An answer by the writer of that name, or by the installation's; without one the best moments.

        Raises `NothingAsked`, and `Invalid` for an unknown writer.
        """
        chosen = self._writers.named(writer)
        found = await self._search.find(project_id, question, filters, _READ_MOMENTS)
        moments = [one for one in found.moments if _is_related(one)]
        if not moments:
            return Answer(None, (), None, found, found.notice)
        if chosen is None:
            return _as_they_are(moments, found, found.notice)
        try:
            return await _written(chosen, question, moments, found)
        except Unavailable as error:
            log.warning("no answer could be written: %s", error)
            return _as_they_are(moments, found, f"{error.message} These are the moments themselves.")


def _is_related(moment: Moment) -> bool:
    if moment.similarity is not None and moment.similarity >= _RELATED:
        return True
    return moment.by_words and moment.said_share >= _SAID_SHARE


def _as_they_are(moments: Sequence[Moment], found: Found, notice: str | None) -> Answer:
    cited = [Cited(moment, None) for moment in moments[:_SHOWN_MOMENTS]]
    return Answer(None, cited, None, found, notice)


async def _written(writer: Writer, question: str, moments: Sequence[Moment], found: Found) -> Answer:
    chosen = _fitting(moments, question, writer.material_bytes)
    order = WritingOrder(_INSTRUCTIONS, _material(question, chosen))
    answer = await writer.write(order, WrittenAnswer)
    cited = _confirmed(answer.quotes, chosen)
    # An answer without a quote that stands there rests on nothing that anybody could look up.
    if not answer.answer or not cited:
        return Answer(None, (), writer.model, found, found.notice)
    return Answer(answer.answer, cited, writer.model, found, found.notice)


def _fitting(moments: Sequence[Moment], question: str, material_bytes: int) -> Sequence[Moment]:
    count = len(moments)
    while count > 1 and len(_material(question, moments[:count]).encode()) > material_bytes:
        count -= 1
    return moments[:count]


def _material(question: str, moments: Sequence[Moment]) -> str:
    told = [
        {
            "number": number,
            "recording": moment.transcript_name,
            "date": moment.recorded_at.date().isoformat(),
            "speaker": moment.speaker,
            "said": moment.text,
        }
        for number, moment in enumerate(moments, start=1)
    ]
    return json.dumps({"question": question, "moments": told}, ensure_ascii=False)


def _confirmed(quotes: Sequence[Quote], moments: Sequence[Moment]) -> list[Cited]:
    """Those that are in the moment which they name, but for case, accents and punctuation."""
    confirmed = []
    for quote in quotes:
        if quote.moment > len(moments):
            continue
        moment = moments[quote.moment - 1]
        if _is_said(quote.words, moment.text):
            confirmed.append(Cited(moment, quote.words))
    return confirmed


def _is_said(words: str, text: str) -> bool:
    sought = terms_of(words)
    return bool(sought) and f" {' '.join(sought)} " in f" {' '.join(terms_of(text))} "
