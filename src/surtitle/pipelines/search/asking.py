"""A question answered from what was said: with quotes that stand there, or not at all.

The recordings are material, whatever they say: a writer gets them as data, and its answer is given only with
quotes that stand there, without figures that nobody says and without links.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field

from surtitle.engines.writing import AnswerForm, Writer, Writers, WritingOrder
from surtitle.engines.writing.claims import figures_of, figures_said, leads_away
from surtitle.errors import Unavailable
from surtitle.pipelines.search.filters import Filters
from surtitle.pipelines.search.finding import Found, Search
from surtitle.pipelines.search.moments import Moment
from surtitle.pipelines.search.terms import terms_of
from surtitle.transcripts.document import printable
from surtitle.transcripts.shown_speakers import shown_speaker

log = logging.getLogger(__name__)

_READ_MOMENTS = 8
_SHOWN_MOMENTS = 3
# Chosen by reading what all-MiniLM finds for questions that the recordings do not answer: below this a moment
# seldom has to do with the question.
_RELATED = 0.30
# Without meaning: so much of the question's own words must be said.
_SAID_SHARE = 0.6
_QUOTE_CHARACTERS = 400
# Fewer stand in any text: they bear out nothing.
_SHORTEST_QUOTE_WORDS = 4
_LEFT_OUT = (
    "What the language model wrote is left out: it holds a link, or a figure that nobody says there. These "
    "are the moments that it quotes."
)
_INSTRUCTIONS = (
    "Answer the question from the moments of recordings in the material, in the question's language, in at "
    "most five sentences. Use nothing else that you know. For everything that you say, quote the words that "
    f"it rests on: copied from one moment word for word, at least {_SHORTEST_QUOTE_WORDS} words long, with "
    "that moment's number. Of a moment with several speakers nobody knows who says which words: ascribe them "
    "to none of them. If the moments do not tell, leave the answer empty and quote nothing."
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
    written = await writer.write(order, WrittenAnswer)
    answer, cited = printable(written.answer), _confirmed(written.quotes, chosen)
    # An answer without a quote that stands there rests on nothing that anybody could look up.
    if not answer or not cited:
        return Answer(None, (), writer.model, found, found.notice)
    if not _is_borne_out(answer, question, [one.moment for one in cited]):
        log.warning("the answer of %s holds a link, or a figure that nobody says: left out", writer.model)
        return Answer(None, cited, None, found, " ".join(filter(None, (found.notice, _LEFT_OUT))))
    return Answer(answer, cited, writer.model, found, found.notice)


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
            "speakers": _speakers(moment),
            "said": moment.text,
        }
        for number, moment in enumerate(moments, start=1)
    ]
    return json.dumps({"question": question, "moments": told}, ensure_ascii=False)


def _confirmed(quotes: Sequence[Quote], moments: Sequence[Moment]) -> list[Cited]:
    """Those that are in the moment which they name, but for case, accents and punctuation; each once."""
    confirmed: dict[tuple[int, str], Cited] = {}
    for quote in quotes:
        if quote.moment > len(moments):
            continue
        moment, words = moments[quote.moment - 1], terms_of(quote.words)
        if _is_said(words, terms_of(moment.text)):
            confirmed.setdefault((quote.moment, " ".join(words)), Cited(moment, printable(quote.words)))
    return list(confirmed.values())


def _is_said(words: Sequence[str], said: Sequence[str]) -> bool:
    if words == said:
        return bool(words)
    return len(words) >= _SHORTEST_QUOTE_WORDS and f" {' '.join(words)} " in f" {' '.join(said)} "


def _is_borne_out(answer: str, question: str, moments: Sequence[Moment]) -> bool:
    """Whether nothing in the answer was plainly made up: no link, and no figure that neither the moments that
    it quotes nor the question holds.
    """
    told = " ".join([question, *map(_told, moments)])
    figures = figures_said(told, {moment.language or "" for moment in moments})
    return not leads_away(answer) and (figures is None or figures_of(answer) <= figures)


def _told(moment: Moment) -> str:
    """All that a writer knows of a moment; its date also as people write one, without noughts."""
    date = moment.recorded_at.date()
    dates = f"{date.isoformat()} {date.day} {date.month}"
    return f"{moment.transcript_name} {dates} {' '.join(_speakers(moment))} {moment.text}"


def _speakers(moment: Moment) -> list[str]:
    """All who are heard in it, as people read them."""
    return [shown_speaker(speaker, moment.language) for speaker in moment.speakers]
