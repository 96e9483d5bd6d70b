"""What can be wrong with a wish about a transcript."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from surtitle.errors import Conflict, Invalid, NotFound


class TranscriptNotFound(NotFound):
    slug = "transcript-not-found"

    def __init__(self, transcript_id: UUID) -> None:
        super().__init__(
            f"There is no transcript {transcript_id}. `surtitle transcripts list` and `GET /api/transcripts` "
            "show those that exist."
        )


class RevisionNotFound(NotFound):
    slug = "revision-not-found"

    def __init__(self, transcript_id: UUID, number: int, head: int) -> None:
        super().__init__(
            f"Transcript {transcript_id} has no revision {number}; it has 1 to {head}.", revision=head
        )


class WordNotFound(NotFound):
    slug = "word-not-found"

    def __init__(self, transcript_id: UUID, word_id: str) -> None:
        super().__init__(f"Transcript {transcript_id} has never had a word {word_id[:60]!r}.")


class StaleRevision(Conflict):
    """Somebody else edited the transcript meanwhile; `changed` says which words each revision touched."""

    slug = "stale-revision"

    def __init__(self, transcript_id: UUID, base: int, head: int, changed: Sequence[dict[str, Any]]) -> None:
        super().__init__(
            f"Transcript {transcript_id} is at revision {head}, and the edit was made on revision {base}. "
            "Look at what changed, then send the edit again on the newest revision.",
            revision=head,
            changed=list(changed),
        )


class NamesTakenOut(Conflict):
    """A known voice was erased, and its name taken out of the text, while it was edited."""

    slug = "names-taken-out"

    def __init__(self, transcript_id: UUID) -> None:
        super().__init__(
            f"Names were taken out of transcript {transcript_id} at this moment. Read it again, and send the "
            "edit again if it is still wanted."
        )


class NothingToUndo(Conflict):
    slug = "nothing-to-undo"

    def __init__(self, transcript_id: UUID) -> None:
        super().__init__(f"Transcript {transcript_id} is as it was first; there is no edit to undo.")


class NothingToRedo(Conflict):
    slug = "nothing-to-redo"

    def __init__(self, transcript_id: UUID) -> None:
        super().__init__(f"No edit of transcript {transcript_id} was undone since its newest edit.")


class SpeakersNotToldApart(Conflict):
    """There are no turns: nobody was told apart, and no person has said since who speaks.

    `whose` names the job or the transcript, `why` is a sentence.
    """

    slug = "speakers-not-told-apart"

    def __init__(self, whose: str, why: str, advice: str) -> None:
        super().__init__(f"The speakers of {whose} were not told apart. {why} {advice}")
        self.why = why


class TranscriptInUse(Conflict):
    slug = "transcript-in-use"

    def __init__(self, transcript_id: UUID, job_id: UUID) -> None:
        super().__init__(
            f"Transcript {transcript_id} is used by job {job_id}, which has not ended; cancel that first.",
            job_id=str(job_id),
        )


class ImpossibleEdit(Invalid):
    """An operation cannot be done on this transcript; `operation` is its index, counted from 0."""

    slug = "impossible-edit"

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message, field=field)
        self.about = field

    def at(self, index: int) -> "ImpossibleEdit":
        """The same, told as a fault of the operation at `index`."""
        placed = ImpossibleEdit(f"Operation {index}: {self.message}", f"operations.{index}.{self.about}")
        placed.fields["operation"] = index
        return placed


class NothingChanged(Invalid):
    slug = "nothing-changed"

    def __init__(self) -> None:
        super().__init__(
            "The operations leave the transcript as it is, so there is no new revision.", field="operations"
        )


class UnreadableSubtitles(Invalid):
    """The file to import is no srt, vtt or transcript JSON that can be read; `line` says where."""

    slug = "unreadable-subtitles"

    def __init__(self, message: str, line: int | None = None) -> None:
        where = {} if line is None else {"line": line}
        super().__init__(message if line is None else f"Line {line}: {message}", **where)
