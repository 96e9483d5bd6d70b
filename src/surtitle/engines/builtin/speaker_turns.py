"""Turns out of how probably each speaker speaks: when each speaker has the floor."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surtitle.domain.speakers import SpeakerTurn
from surtitle.engines.builtin.speaker_probability import SpeakerProbability
from surtitle.engines.builtin.window_activity import FRAME_SECONDS, runs_of, seconds_of_frame

# Tuned on conversations of the set `tuning` (`benchmarks/conversations.py`).
_SPEAKING = 115
_LONGEST_PAUSE_SECONDS = 2.0
_LONGEST_INTERRUPTION_SECONDS = 0.8
# The network is late at soft beginnings and early at soft ends.
_MARGIN_SECONDS = 0.06
_SHORTEST_TURN_SECONDS = 0.15

Times = tuple[float, float]


def turns_of(found: SpeakerProbability, duration_seconds: float) -> list[list[Times]]:
    """For each speaker the turns in order, in seconds. Pauses in which nobody else speaks keep the floor."""
    speaking = found >= _SPEAKING
    voices = speaking.sum(axis=1)
    return [
        _turns(speaking[:, speaker], voices > speaking[:, speaker], duration_seconds)
        for speaker in range(found.shape[1])
    ]


def labelled(turns: Sequence[Sequence[Times]]) -> tuple[tuple[SpeakerTurn, ...], tuple[int, ...]]:
    """All turns by their start, speakers named as they are first heard; and which row each speaker was."""
    order = sorted((row for row in range(len(turns)) if turns[row]), key=lambda row: turns[row][0])
    found = [
        SpeakerTurn(round(start, 3), round(end, 3), speaker_label(number))
        for number, row in enumerate(order)
        for start, end in turns[row]
    ]
    return tuple(sorted(found, key=lambda turn: (turn.start_seconds, turn.speaker))), tuple(order)


def speaker_label(number: int) -> str:
    """The label of the speaker who is heard as the `number`th, counted from 0."""
    return f"speaker_{number + 1}"


def _turns(speaking: NDArray[np.bool_], others: NDArray[np.bool_], duration_seconds: float) -> list[Times]:
    joined: list[list[int]] = []
    for first, end in runs_of(speaking):
        if joined and _keeps_the_floor(others[joined[-1][1] : first]):
            joined[-1][1] = end
        else:
            joined.append([first, end])
    return [
        (
            max(0.0, seconds_of_frame(first) - _MARGIN_SECONDS),
            min(duration_seconds, seconds_of_frame(end) + _MARGIN_SECONDS),
        )
        for first, end in joined
        if (end - first) * FRAME_SECONDS >= _SHORTEST_TURN_SECONDS
    ]


def _keeps_the_floor(others: NDArray[np.bool_]) -> bool:
    """Whether a pause, in whose frames others speak or do not, is no end of a turn."""
    longest = _LONGEST_INTERRUPTION_SECONDS if others.any() else _LONGEST_PAUSE_SECONDS
    return len(others) * FRAME_SECONDS <= longest
