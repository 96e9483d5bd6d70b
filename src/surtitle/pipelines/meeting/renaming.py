"""Minutes with everybody called as the newest text names them: whoever is quoted, by where it is said."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from surtitle.domain.minutes import ActionItem, Minutes, MinutesLine, Moment
from surtitle.domain.transcript import Segment

_Line = TypeVar("_Line", MinutesLine, ActionItem)


class MinutesRenaming:
    """`minutes` beside the `segments` of the newest text. Segments may have been cut and joined since, so a
    moment is looked up by its time.

    `by_label` gives what people who speak at no moment are called now, by what they were called.
    """

    def __init__(
        self, minutes: Minutes, segments: Sequence[Segment], by_label: Callable[[], Mapping[str, str]]
    ) -> None:
        self._minutes = minutes
        self._kept = {segment.id: segment for segment in segments}
        self._begun: defaultdict[float, list[Segment]] = defaultdict(list)
        for segment in segments:
            for word in segment.words:
                self._begun[word.start_seconds].append(segment)
        self._ordered = sorted(segments, key=lambda segment: segment.start_seconds)
        self._starts = [segment.start_seconds for segment in self._ordered]
        self._by_label = by_label

    def minutes(self) -> Minutes:
        """The minutes under the names of now."""
        before = self._minutes
        return replace(
            before,
            summary=tuple(map(self._line, before.summary)),
            decisions=tuple(map(self._line, before.decisions)),
            actions=tuple(map(self._action, before.actions)),
            open_questions=tuple(map(self._line, before.open_questions)),
            set_aside=tuple(map(self._moment, before.set_aside)),
        )

    def _line(self, line: _Line) -> _Line:
        return replace(line, moments=tuple(map(self._moment, line.moments)))

    def _action(self, action: ActionItem) -> ActionItem:
        """Whoever takes something on ("I'll do it") is called as the speaker of that moment; somebody who was
        asked, as everywhere.
        """
        line = self._line(action)
        for before, now in zip(action.moments, line.moments, strict=True):
            if action.who is not None and action.who == before.speaker:
                return replace(line, who=now.speaker)
        return replace(line, who=self._called(action.who))

    def _moment(self, moment: Moment) -> Moment:
        segment = self._place(moment)
        return replace(moment, speaker=segment.speaker if segment else self._called(moment.speaker))

    def _place(self, moment: Moment) -> Segment | None:
        """Where it is said now; None where that was taken out."""
        at, kept = moment.start_seconds, self._kept.get(moment.segment_id)
        begun = self._begun.get(at, ())
        if begun:
            # Two people may begin a word at once.
            return next((one for one in begun if one is kept), begun[0])
        last = bisect_right(self._starts, at) - 1
        if last >= 0 and at < self._ordered[last].end_seconds:
            return self._ordered[last]
        return kept

    def _called(self, name: str | None) -> str | None:
        """What somebody is called now whom the minutes call `name`."""
        if name is None:
            return None
        return self._by_moments.get(name) or self._by_label().get(name, name)

    @cached_property
    def _by_moments(self) -> dict[str, str]:
        """What speakers are called now at most of the moments that quote them.

        Of a name that somebody bears still, other moments say only that a person corrected those.
        """
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for moment in _moments(self._minutes):
            segment = self._place(moment)
            if moment.speaker and segment is not None and segment.speaker:
                found[moment.speaker][segment.speaker] += 1
        now = {before: counts.most_common(1)[0][0] for before, counts in found.items()}
        borne = {segment.speaker for segment in self._ordered}
        return {before: name for before, name in now.items() if before == name or before not in borne}


def _moments(minutes: Minutes) -> list[Moment]:
    lines: list[MinutesLine | ActionItem] = [*minutes.summary, *minutes.decisions, *minutes.actions]
    lines += minutes.open_questions
    return [*(moment for line in lines for moment in line.moments), *minutes.set_aside]
