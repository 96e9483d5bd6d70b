"""Moments of recordings as a page of results tells them: what was looked for is marked, and it plays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from surtitle.pipelines.search.asking import Cited
from surtitle.pipelines.search.hits import pieces_of
from surtitle.pipelines.search.moments import Moment
from surtitle.pipelines.search.terms import Wanted
from surtitle.transcripts.shown_speakers import shown_speaker
from surtitle.web.formats import Formats
from surtitle.web.forms import HOME

# Of what was said around a moment: enough to see what it is about.
_WORDS_AROUND = 18

Pieces = Sequence[tuple[str, bool]]
"""A text in its order, each piece with whether it was looked for."""


@dataclass(frozen=True, slots=True)
class ShownMoment:
    """`page` leads to the recording's page, `sound` plays the moment; empty where there is none (any more).
    `speakers` are all who are heard in it, each as it stands in the text and as people read it. `quote`: the
    words of it that an answer rests on; empty: all of it.
    """

    name: str
    page: str
    sound: str
    at: str
    recorded_at: datetime
    speakers: Sequence[tuple[str, str]]
    language: str
    before: str
    text: Pieces
    after: str
    by_words: bool
    quote: str = ""


def shown_moment(moment: Moment, looked_for: Wanted, quote: str | None = None) -> ShownMoment:
    span = f"{moment.start_seconds:.1f},{moment.end_seconds:.1f}"
    return ShownMoment(
        name=moment.transcript_name,
        page=f"{HOME}/recordings/{moment.job_id}#t={moment.start_seconds:.1f}" if moment.job_id else "",
        # Players begin and stop at such a fragment by themselves (https://www.w3.org/TR/media-frags/).
        sound=f"/api/media/{moment.media_id}/content#t={span}" if moment.media_id else "",
        at=Formats.length(moment.start_seconds),
        recorded_at=moment.recorded_at,
        speakers=[(one, shown_speaker(one, moment.language)) for one in moment.speakers],
        language=moment.language or "",
        before=_last_words(moment.before),
        text=pieces_of(moment.text, looked_for),
        after=_first_words(moment.after),
        by_words=moment.by_words,
        quote=quote or "",
    )


def shown_quotes(cited: Sequence[Cited], looked_for: Wanted) -> list[ShownMoment]:
    """What an answer rests on, in its order."""
    return [shown_moment(one.moment, looked_for, one.quote) for one in cited]


def _first_words(text: str) -> str:
    words = text.split()
    return " ".join(words[:_WORDS_AROUND]) + (" …" if len(words) > _WORDS_AROUND else "")


def _last_words(text: str) -> str:
    words = text.split()
    return ("… " if len(words) > _WORDS_AROUND else "") + " ".join(words[-_WORDS_AROUND:])
