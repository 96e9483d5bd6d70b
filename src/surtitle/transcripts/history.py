"""What happened to one word, revision by revision."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from surtitle.db.models import Revision
from surtitle.domain.transcript import Transcript, Word
from surtitle.transcripts.changes import word_change_in
from surtitle.transcripts.errors import WordNotFound


@dataclass(frozen=True, slots=True)
class WordEvent:
    """What a revision made of the word; None where it is not there. `kin` as in `WordChange`."""

    revision: int
    kind: str
    author: str
    created_at: datetime
    before: Word | None
    after: Word | None
    kin: str | None = None


def word_history(
    word_id: str, begun: Revision, first: Transcript, mentioning: Sequence[Revision]
) -> list[WordEvent]:
    """The events of a word from revision 1 (`begun`, with the text `first`) on, the oldest first.

    Raises `WordNotFound` for a word that never was.
    """
    events = [*_beginning(word_id, begun, first)]
    for revision in mentioning:
        change = word_change_in(revision.changes, word_id) if revision.changes else None
        if change is not None:
            events.append(_event(revision, change.before, change.after, change.kin))
    if not events:
        raise WordNotFound(begun.transcript_id, word_id)
    return events


def _beginning(word_id: str, begun: Revision, first: Transcript) -> Iterator[WordEvent]:
    for word in first.words:
        if word.id == word_id:
            yield _event(begun, None, word)


def _event(revision: Revision, before: Word | None, after: Word | None, kin: str | None = None) -> WordEvent:
    return WordEvent(revision.number, revision.kind, revision.author, revision.created_at, before, after, kin)
