"""Which voices are one person's, and how many people there are.

Hours need no larger table than half an hour does: they pass through one of `_MOST_AT_ONCE` voices.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surtitle.engines.builtin.agglomeration import Groups, Merge, joined, labels_of, merges_of
from surtitle.engines.builtin.voice_tracks import Embedding, VoiceTrack
from surtitle.engines.builtin.window_activity import WINDOWS_OVER_A_FRAME

MOST_SPEAKERS = 50

# Average likeness, seen on conversations of the set `tuning` (`benchmarks/conversations.py`): pieces of one
# person are alike by 0.55 and more, of two people by 0.35 and less.
_ONE_VOICE = 0.5
_LEAST_TRACK_SECONDS = 1.5
_LEAST_VOICE_SECONDS = 2.0
_MOST_TRACK_SECONDS = 6.0
# Two people of one window are two people: counts as so much less alike.
_SAME_WINDOW = 1.0
_MOST_AT_ONCE = 800
# Many more than there are people: what is put together early is as alike as anything in the recording.
_LEFT_WHEN_FULL = 400


@dataclass(frozen=True, slots=True)
class SpeakerBounds:
    """How many people there are, at least and at most."""

    least: int = 1
    most: int = MOST_SPEAKERS


def voices_found(tracks: Sequence[VoiceTrack], bounds: SpeakerBounds) -> Embedding:
    """The voice of each person, unit length, shape `(people, values)`; none for no tracks."""
    if not tracks:
        return np.zeros((0, 0), dtype=np.float32)
    clear = [track for track in tracks if track.alone_seconds >= _LEAST_TRACK_SECONDS]
    groups, seconds = _condensed(clear if len(clear) >= bounds.least else tracks)
    merges = merges_of(groups)
    labels = labels_of(len(groups), merges[: _merges_to_take(seconds, merges, bounds)])
    return _without_passing_voices(groups.folded(labels), _added_up(labels, seconds), bounds).means


def _condensed(tracks: Sequence[VoiceTrack]) -> tuple[Groups, NDArray[np.float64]]:
    """Groups to begin with, `_MOST_AT_ONCE` at the most, and for how long each is heard.

    Whenever there are as many, the most alike are put together to make room for what comes next.
    """
    first = tracks[:_MOST_AT_ONCE]
    groups, seconds = _groups(first), _alone_seconds(first)
    room = _MOST_AT_ONCE - _LEFT_WHEN_FULL
    for begin in range(_MOST_AT_ONCE, len(tracks), room):
        labels = labels_of(len(groups), merges_of(groups, left=_LEFT_WHEN_FULL))
        following = tracks[begin : begin + room]
        groups = joined([groups.folded(labels), _groups(following)])
        seconds = np.concatenate([_added_up(labels, seconds), _alone_seconds(following)])
    # What is heard in several windows is said once.
    return groups, seconds / WINDOWS_OVER_A_FRAME


def _added_up(labels: NDArray[np.intp], seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The seconds of each label."""
    return np.bincount(labels, seconds).astype(np.float64)


def _alone_seconds(tracks: Sequence[VoiceTrack]) -> NDArray[np.float64]:
    return np.array([track.alone_seconds for track in tracks], dtype=np.float64)


def _groups(tracks: Sequence[VoiceTrack]) -> Groups:
    windows = np.array([track.window for track in tracks])
    same_window = (windows[:, None] == windows[None, :]) & ~np.eye(len(tracks), dtype=bool)
    weights = np.minimum(_alone_seconds(tracks), _MOST_TRACK_SECONDS) + np.finfo(np.float64).eps
    return Groups.of(np.stack([track.embedding for track in tracks]), weights, same_window * _SAME_WINDOW)


def _merges_to_take(seconds: NDArray[np.float64], merges: Sequence[Merge], bounds: SpeakerBounds) -> int:
    """Up to the first two that are not one voice; further or less far where the bounds ask for it."""
    lasting = _lasting_voices(seconds, merges)
    taken = next((n for n, merge in enumerate(merges) if merge.similarity < _ONE_VOICE), len(merges))
    while taken < len(merges) and lasting[taken] > bounds.most:
        taken += 1
    if lasting[taken] >= bounds.least:
        return taken
    enough = [n for n, people in enumerate(lasting[:taken]) if people >= bounds.least]
    return max(enough, default=max(0, len(seconds) - bounds.least))


def _lasting_voices(seconds: NDArray[np.float64], merges: Sequence[Merge]) -> list[int]:
    """How many voices are heard for long enough to be somebody, before each merge and after the last."""
    heard = seconds.copy()
    found = [int((heard >= _LEAST_VOICE_SECONDS).sum())]
    for merge in merges:
        heard[merge.kept] += heard[merge.gone]
        heard[merge.gone] = 0.0
        found.append(int((heard >= _LEAST_VOICE_SECONDS).sum()))
    return found


def _without_passing_voices(groups: Groups, seconds: NDArray[np.float64], bounds: SpeakerBounds) -> Groups:
    """Groups that are heard too shortly to be anybody go into those that are most like them."""
    order = np.argsort(-seconds, kind="stable")
    lasting = int((seconds >= _LEAST_VOICE_SECONDS).sum())
    kept = order[: min(max(lasting, bounds.least, 1), bounds.most)]
    labels = groups.similarity()[:, kept].argmax(axis=1)
    labels[kept] = np.arange(len(kept))
    return groups.folded(labels)
