"""All that is known of a meeting, put together from what the steps made and people corrected."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from surtitle.domain.minutes import Minutes
from surtitle.domain.speakers import Diarization, SpeakerNames
from surtitle.domain.transcript import Transcript
from surtitle.pipelines.diarization.fusion import speakers_of
from surtitle.pipelines.meeting.renaming import MinutesRenaming


@dataclass(frozen=True)
class Meeting:
    """What the steps of the recipe made; None where an optional one was left out or failed.

    `transcript` has the speakers as they are called now, `revision` is its number, None for a text that the
    job took from elsewhere.
    """

    transcript: Transcript
    revision: int | None = None
    diarization: Diarization | None = None
    names: SpeakerNames | None = None
    minutes: Minutes | None = None

    @cached_property
    def labels(self) -> list[str | None]:
        """For each word of the transcript whose it is by the voices alone; see `speakers_of`."""
        turns = self.diarization.turns if self.diarization else ()
        return speakers_of(self.transcript.words, turns)

    @cached_property
    def called(self) -> dict[str, str]:
        """What each label of the diarization is called now: as most of its speech is in the transcript, which
        people correct. A label without words has the name that was found for its voice, if any.
        """
        if self.diarization is None:
            return {}
        votes: dict[str, defaultdict[str, float]] = {
            turn.speaker: defaultdict(float) for turn in self.diarization.turns
        }
        labels = iter(self.labels)
        for segment in self.transcript.segments:
            for word, label in zip(segment.words, labels, strict=False):
                if label is not None and segment.speaker is not None:
                    # A word without length still has a vote.
                    seconds = word.end_seconds - word.start_seconds + 0.001
                    votes[label][segment.speaker] += seconds
        names = self.names or SpeakerNames()
        return {
            label: max(found, key=found.__getitem__) if found else names.called(label)
            for label, found in votes.items()
        }

    def minutes_now(self) -> Minutes | None:
        """The minutes with everybody called as the transcript names them now."""
        if self.minutes is None:
            return None
        return MinutesRenaming(self.minutes, self.transcript.segments, self._called_before).minutes()

    def _called_before(self) -> dict[str, str]:
        """What everybody is called now, by their labels and by the names that were found for their voices."""
        names = self.names or SpeakerNames()
        found = {names.called(label): now for label, now in self.called.items()}
        return {**self.called, **found}
