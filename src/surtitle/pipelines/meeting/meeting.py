"""All that is known of a meeting, put together from what the steps made and people corrected."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from surtitle.domain.minutes import ActionItem, Minutes, MinutesLine, Moment
from surtitle.domain.speakers import Diarization, SpeakerNames
from surtitle.domain.transcript import Transcript
from surtitle.pipelines.diarization.fusion import speakers_of


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
    def called(self) -> dict[str, str]:
        """What each label of the diarization is called now: as most of its speech is in the transcript, which
        people correct. A label without words has the name that was found for its voice, if any.
        """
        if self.diarization is None:
            return {}
        votes: dict[str, defaultdict[str, float]] = {
            turn.speaker: defaultdict(float) for turn in self.diarization.turns
        }
        labels = iter(speakers_of(self.transcript.words, self.diarization.turns))
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
        speakers = {segment.id: segment.speaker for segment in self.transcript.segments}
        minutes = self.minutes
        return replace(
            minutes,
            summary=tuple(_renamed_line(one, speakers) for one in minutes.summary),
            decisions=tuple(_renamed_line(one, speakers) for one in minutes.decisions),
            actions=tuple(_renamed_action(one, speakers) for one in minutes.actions),
            open_questions=tuple(_renamed_line(one, speakers) for one in minutes.open_questions),
            set_aside=tuple(_renamed(one, speakers) for one in minutes.set_aside),
        )


_Line = TypeVar("_Line", MinutesLine, ActionItem)


def _renamed_line(line: _Line, speakers: Mapping[str, str | None]) -> _Line:
    return replace(line, moments=tuple(_renamed(moment, speakers) for moment in line.moments))


def _renamed_action(action: ActionItem, speakers: Mapping[str, str | None]) -> ActionItem:
    """Whoever takes something on ("I'll do it") is called as the speaker of that moment."""
    line = _renamed_line(action, speakers)
    for before, now in zip(action.moments, line.moments, strict=True):
        if action.who is not None and action.who == before.speaker:
            return replace(line, who=now.speaker)
    return line


def _renamed(moment: Moment, speakers: Mapping[str, str | None]) -> Moment:
    return replace(moment, speaker=speakers.get(moment.segment_id, moment.speaker))
