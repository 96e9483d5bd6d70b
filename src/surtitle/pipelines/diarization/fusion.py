"""Which speaker each word is of: words and turns laid over each other.

Word times of a recogniser are off by a tenth of a second or two, and so are the edges of turns. Taking for
each word the turn that covers most of it therefore gives the last word of many a sentence to the next
speaker. Here the whole sequence is chosen that fits best, where a change of speaker within a phrase costs
more than one between sentences or at a pause (Viterbi over words; the costs are seconds of speech told to
the wrong person).
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise

from surtitle.domain.speakers import SpeakerTurn
from surtitle.domain.transcript import Segment, Transcript, Word
from surtitle.transcripts.cuts import machines_cut
from surtitle.transcripts.punctuation import ends_clause, ends_sentence, ends_with_comma
from surtitle.transcripts.shown_speakers import is_label

# Recognisers stretch a word beside a silence over the silence: its sound is at one of its ends.
_LONGEST_WORD_SECONDS = 1.0
# A word that is further from every turn than this is nobody's.
_NOBODY_COST = 2.0
_CHANGE_AT_SENTENCE = 0.02
_CHANGE_AT_PAUSE = 0.06
_CHANGE_AT_COMMA = 0.12
_CHANGE_IN_PHRASE = 0.3
# The first or the last word of a sentence alone with another speaker: nearly always a wrong time.
_CHANGE_BESIDE_SENTENCE_END = 0.8
_PAUSE_SECONDS = 0.4


def speakers_of(words: Sequence[Word], turns: Sequence[SpeakerTurn]) -> list[str | None]:
    """The label of each word's speaker, None for a word that is far from every turn. A word is never split.

    Where several speak at once, a word is of whoever makes the fewest changes.
    """
    if not turns:
        return [None] * len(words)
    tracks = _tracks(turns)
    costs = [[*(track.cost(word) for track in tracks), _NOBODY_COST] for word in words]
    labels = [*(track.speaker for track in tracks), None]
    return [labels[choice] for choice in _cheapest(costs, _change_costs(words))]


def with_speakers(
    transcript: Transcript, turns: Sequence[SpeakerTurn], names: Mapping[str, str], revision: int
) -> Transcript:
    """`transcript` with a speaker for each segment that has none, cut where the speaker changes.

    Speakers are called by `names`, or their labels. Segments that somebody has given a speaker keep it, but a
    label is replaced by its name. New segments are numbered as a machine's of `revision`.
    """
    labels = iter(speakers_of(transcript.words, turns))
    new_ids = _new_ids(transcript, revision)
    segments: list[Segment] = []
    for segment in transcript.segments:
        heard = [next(labels) for _ in segment.words]
        if segment.speaker is not None:
            segments.append(replace(segment, speaker=names.get(segment.speaker, segment.speaker)))
            continue
        for number, (start, stop) in enumerate(_runs(heard)):
            part = _part(segment, start, stop, segment.id if number == 0 else next(new_ids))
            label = heard[start]
            segments.append(replace(part, speaker=names.get(label, label) if label else None))
    return replace(transcript, segments=tuple(segments))


def without_labels(transcript: Transcript) -> Transcript:
    """The same with those speakers only whom somebody named."""
    segments = (
        replace(segment, speaker=None) if segment.speaker and is_label(segment.speaker) else segment
        for segment in transcript.segments
    )
    return replace(transcript, segments=tuple(segments))


@dataclass(frozen=True, slots=True)
class _Track:
    """The turns of one speaker, in order and apart."""

    speaker: str
    starts: list[float]
    ends: list[float]

    def cost(self, word: Word) -> float:
        """Seconds of the word that the speaker does not speak; the way to the nearest turn comes on top."""
        start, end = word.start_seconds, word.end_seconds
        if end - start <= _LONGEST_WORD_SECONDS:
            return self._cost(start, end)
        return min(
            self._cost(start, start + _LONGEST_WORD_SECONDS), self._cost(end - _LONGEST_WORD_SECONDS, end)
        )

    def _cost(self, start: float, end: float) -> float:
        last = bisect_right(self.starts, max(end, start))
        covered, away = 0.0, _NOBODY_COST
        for turn in range(last - 1, -1, -1):
            shared = min(end, self.ends[turn]) - max(start, self.starts[turn])
            if shared < 0:
                # Turns of one speaker lie apart: those before are further away.
                away = min(away, -shared)
                break
            covered, away = covered + shared, 0.0
        if away and last < len(self.starts):
            away = min(away, self.starts[last] - end)
        return max(end - start - covered, 0.0) + away


def _tracks(turns: Sequence[SpeakerTurn]) -> list[_Track]:
    ordered = sorted(turns, key=lambda turn: (turn.start_seconds, turn.end_seconds))
    speakers = dict.fromkeys(turn.speaker for turn in ordered)
    return [
        _Track(
            speaker,
            [turn.start_seconds for turn in ordered if turn.speaker == speaker],
            [turn.end_seconds for turn in ordered if turn.speaker == speaker],
        )
        for speaker in speakers
    ]


def _change_costs(words: Sequence[Word]) -> list[float]:
    """What a change of speaker before each word costs."""
    closes = [True, *(ends_sentence(word.text) for word in words)]
    costs = [0.0]
    for number, (before, word) in enumerate(pairwise(words), 1):
        if closes[number]:
            costs.append(_CHANGE_AT_SENTENCE)
        elif closes[number - 1] or closes[number + 1]:
            costs.append(_CHANGE_BESIDE_SENTENCE_END)
        else:
            costs.append(_change_within(before, word))
    return costs


def _change_within(before: Word, word: Word) -> float:
    """The same, inside a sentence."""
    end = min(before.end_seconds, before.start_seconds + _LONGEST_WORD_SECONDS)
    if word.start_seconds - end >= _PAUSE_SECONDS:
        return _CHANGE_AT_PAUSE
    if ends_clause(before.text) or ends_with_comma(before.text):
        return _CHANGE_AT_COMMA
    return _CHANGE_IN_PHRASE


def _cheapest(costs: list[list[float]], changes: list[float]) -> list[int]:
    """For each word the choice that makes the whole sequence cheapest; of equal ones, the one that stays."""
    if not costs:
        return []
    total = costs[0]
    came_from: list[list[int]] = []
    for own, change in zip(costs[1:], changes[1:], strict=True):
        best = min(range(len(total)), key=total.__getitem__)
        changed = total[best] + change
        came_from.append([here if total[here] <= changed else best for here in range(len(total))])
        total = [cost + min(before, changed) for cost, before in zip(own, total, strict=True)]
    choice = min(range(len(total)), key=total.__getitem__)
    path = [choice]
    for sources in reversed(came_from):
        choice = sources[choice]
        path.append(choice)
    return path[::-1]


def _new_ids(transcript: Transcript, revision: int) -> Iterator[str]:
    # A text that was taken from elsewhere has one number for all that is made of it.
    taken = {segment.id for segment in transcript.segments}
    ids = (machines_cut(revision, number) for number in count(1))
    return (one for one in ids if one not in taken)


def _runs(labels: Sequence[str | None]) -> list[tuple[int, int]]:
    """Stretches `[start, stop)` of equal labels."""
    edges = [0, *(at for at in range(1, len(labels)) if labels[at] != labels[at - 1]), len(labels)]
    return list(pairwise(edges))


def _part(segment: Segment, start: int, stop: int, segment_id: str) -> Segment:
    words = segment.words[start:stop]
    # Nothing stands before it in its segment to be glued to.
    words = (replace(words[0], glued=words[0].glued and start == 0), *words[1:])
    return replace(
        segment,
        id=segment_id,
        words=words,
        start_seconds=words[0].start_seconds,
        end_seconds=words[-1].end_seconds,
    )
