"""The voices in a window of activity: one embedding for each person, of what they say alone.

The segmentation network now and then takes two people who do not speak at the same time for one. So what
somebody says alone is heard piece by piece, and pieces of different voices become different people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from surtitle.engines.builtin.agglomeration import Groups, labels_of, merges_of
from surtitle.engines.builtin.campplus import FRAME_SAMPLES, FRAME_STEP_SAMPLES, filterbank
from surtitle.engines.builtin.segmentation import FRAME_STEP_SAMPLES as ACTIVITY_STEP_SAMPLES
from surtitle.engines.builtin.segmentation import RECEPTIVE_SAMPLES
from surtitle.engines.builtin.window_activity import FRAME_SECONDS, ActivityWindow, runs_of
from surtitle.engines.sound import Samples

Embedding = NDArray[np.float32]

# In frames of 16.9 ms: a breath is no end of a piece; a second tells a voice; four tell no more than three.
_BREATH_FRAMES = 12
_LEAST_PIECE_FRAMES = 59
_MOST_PIECE_FRAMES = 240
_LEAST_FEATURES = 40
_MOST_FEATURES = 300
# Pieces of one person are alike by 0.5 at least, of two people seldom by 0.4.
_ONE_VOICE = 0.45


class VoiceNet(Protocol):
    """The embedding network."""

    def embeddings(self, features: NDArray[np.float32]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True, eq=False)
class VoiceTrack:
    """One person in one window. `embedding` is of unit length; `alone_seconds` is how much of it is of
    nobody else.
    """

    window: int
    person: int
    alone_seconds: float
    embedding: Embedding


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """What somebody says alone without a pause, in frames of the window."""

    first: int
    end: int
    embedding: Embedding


class WindowListener:
    """Hears the voices in windows, numbered as they come."""

    def __init__(self, net: VoiceNet) -> None:
        self._net = net

    def hear(
        self, window: ActivityWindow, number: int, sound: Samples
    ) -> tuple[ActivityWindow, list[VoiceTrack]]:
        """The window with a column for each voice, and the voices."""
        if not window.speaking.any():
            # A copy: a view would hold the windows of the whole batch.
            return replace(window, activity=window.activity[:, :0].copy()), []
        features = filterbank(sound)
        at = _activity_frames(len(features), len(window.activity))
        columns: list[NDArray[np.uint8]] = []
        tracks: list[VoiceTrack] = []
        for person in range(window.people):
            for column, seconds, embedding in self._voices(window, person, features, at):
                if embedding is not None:
                    tracks.append(VoiceTrack(number, len(columns), seconds, embedding))
                columns.append(column)
        return replace(window, activity=np.stack(columns, axis=1)), tracks

    def _voices(
        self, window: ActivityWindow, person: int, features: NDArray[np.float32], at: NDArray[np.intp]
    ) -> list[tuple[NDArray[np.uint8], float, Embedding | None]]:
        """The person's activity, split by voice: each voice's part of it, seconds alone, and embedding."""
        activity, alone = window.activity[:, person], window.alone[:, person]
        pieces = [
            _Piece(first, end, self._embedding(features[(at >= first) & (at < end)]))
            for first, end in _stretches(alone)
        ]
        if not pieces:
            seconds = float(alone.sum()) * FRAME_SECONDS
            return [(activity, seconds, self._of_little(window, person, features, at))]
        labels = _by_voice(pieces)
        nearest = labels[_nearest(pieces, window.speaking[:, person] & ~alone)]
        return [
            (
                np.where(nearest == label, activity, 0).astype(np.uint8),
                float(alone[nearest == label].sum()) * FRAME_SECONDS,
                _together([piece for piece, of in zip(pieces, labels, strict=True) if of == label]),
            )
            for label in range(int(labels.max()) + 1)
        ]

    def _of_little(
        self, window: ActivityWindow, person: int, features: NDArray[np.float32], at: NDArray[np.intp]
    ) -> Embedding | None:
        """Somebody who is heard alone for a moment only, or with others only."""
        for frames in (window.alone[:, person], window.speaking[:, person]):
            if frames[at].sum() >= _LEAST_FEATURES:
                return self._embedding(features[frames[at]])
        return None

    def _embedding(self, features: NDArray[np.float32]) -> Embedding:
        spare = max(0, len(features) - _MOST_FEATURES) // 2
        return np.asarray(self._net.embeddings(features[spare : spare + _MOST_FEATURES][None])[0])


def _activity_frames(features: int, frames: int) -> NDArray[np.intp]:
    """For each frame of features, the frame of activity whose middle is nearest."""
    middle = np.arange(features) * FRAME_STEP_SAMPLES + (FRAME_SAMPLES - RECEPTIVE_SAMPLES) / 2
    return np.clip(np.rint(middle / ACTIVITY_STEP_SAMPLES), 0, frames - 1).astype(np.intp)


def _stretches(alone: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where somebody speaks alone for long enough to be told by the voice; long ones in parts."""
    runs: list[list[int]] = []
    for first, end in runs_of(alone):
        if runs and first - runs[-1][1] <= _BREATH_FRAMES:
            runs[-1][1] = end
        else:
            runs.append([first, end])
    return [
        (int(part[0]), int(part[-1]) + 1)
        for first, end in runs
        if end - first >= _LEAST_PIECE_FRAMES
        for part in np.array_split(np.arange(first, end), -(-(end - first) // _MOST_PIECE_FRAMES))
    ]


def _by_voice(pieces: Sequence[_Piece]) -> NDArray[np.intp]:
    """For each piece, which voice it is of, counted from 0."""
    groups = Groups.of(
        np.stack([piece.embedding for piece in pieces]),
        np.array([piece.end - piece.first for piece in pieces], dtype=np.float64),
    )
    return labels_of(len(pieces), merges_of(groups, least=_ONE_VOICE))


def _nearest(pieces: Sequence[_Piece], overlapped: NDArray[np.bool_]) -> NDArray[np.intp]:
    """For each frame, the piece that is nearest. Overlapped speech without a break goes to one piece: cut in
    two it would be two people there, and the other who speaks would have to be a third.
    """
    first = np.array([piece.first for piece in pieces])
    end = np.array([piece.end - 1 for piece in pieces])

    def distance(begin: NDArray[np.intp], last: NDArray[np.intp]) -> NDArray[np.intp]:
        return np.asarray(np.maximum(np.maximum(first - last[:, None], begin[:, None] - end), 0))

    at = np.arange(len(overlapped))
    nearest = distance(at, at).argmin(axis=1)
    for begin, after in runs_of(overlapped):
        nearest[begin:after] = distance(at[begin : begin + 1], at[after - 1 : after]).argmin()
    return np.asarray(nearest)


def _together(pieces: Sequence[_Piece]) -> Embedding:
    total = sum((piece.end - piece.first) * piece.embedding for piece in pieces)
    return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


def mean_voice(tracks: Sequence[VoiceTrack]) -> Embedding | None:
    """The voice of tracks that are of one person; None where nobody is heard alone."""
    total = sum((track.alone_seconds * track.embedding for track in tracks), np.zeros(()))
    length = float(np.linalg.norm(total))
    return (total / length).astype(np.float32) if length > 0 else None
