"""Who the people of each window are: by their voices, and by when they speak in the windows around."""

from collections.abc import Mapping, Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from surtitle.engines.builtin.speaker_probability import (
    FULL,
    NOBODY,
    Assignment,
    SpeakerProbability,
    speaker_probability,
)
from surtitle.engines.builtin.voice_tracks import Embedding, VoiceTrack
from surtitle.engines.builtin.window_activity import ActivityWindow

# So much speech of nobody else tells a voice whatever the windows around say.
_CLEAR_SECONDS = 1.0
_LEAST_FRAMES = 3
# A share of the time in which somebody speaks, in which a speaker does too.
_LEAST_AGREEMENT = 0.15
_CANDIDATES = 4
_LEAST_TOGETHER = 0.4

_Scores = Mapping[int, NDArray[np.float32]]
"""For each person of a window that can be told, how well each speaker fits."""


def assigned(
    windows: Sequence[ActivityWindow], tracks: Sequence[VoiceTrack], voices: Embedding, frames: int
) -> Assignment:
    """Clear voices first; then who is heard shortly or with others only, by voice and by the time that
    they share with clear ones in the windows around.
    """
    found = [np.full(window.people, NOBODY, dtype=np.int16) for window in windows]
    if not len(voices):
        return found
    heard = _by_window(tracks, voices)
    clear = _by_window([track for track in tracks if track.alone_seconds >= _CLEAR_SECONDS], voices)
    for number, scores in clear.items():
        found[number] = _settled(scores, found[number], windows[number])
    known = speaker_probability(windows, found, len(voices), frames)
    for number, window in enumerate(windows):
        by_voice = heard.get(number, {})
        scores = {
            person: score + by_voice.get(person, 0.0)
            for person, score in _by_time(window, known).items()
            if person in by_voice or score.max() >= _LEAST_AGREEMENT
        }
        found[number] = _settled(scores, found[number], window)
    return found


def _by_window(tracks: Sequence[VoiceTrack], voices: Embedding) -> dict[int, dict[int, NDArray[np.float32]]]:
    """How like each speaker's voice the people sound, by window and person."""
    found: dict[int, dict[int, NDArray[np.float32]]] = {}
    for track in tracks:
        found.setdefault(track.window, {})[track.person] = voices @ track.embedding
    return found


def _by_time(window: ActivityWindow, known: SpeakerProbability) -> dict[int, NDArray[np.float32]]:
    """How well each speaker's time fits that of the people who speak at all."""
    frames = window.speaking.sum(axis=0)
    return {
        person: _agreement(window, person, known)
        for person in np.flatnonzero(frames >= _LEAST_FRAMES).tolist()
    }


def _agreement(window: ActivityWindow, person: int, known: SpeakerProbability) -> NDArray[np.float32]:
    """In how much of the time in which the person speaks each speaker is known to speak, 0..1."""
    around = known[window.frames].astype(np.float32) / FULL
    speaking = window.probability[: len(around), person]
    return np.asarray(speaking @ around / max(float(speaking.sum()), 1e-6), dtype=np.float32)


def _settled(scores: _Scores, before: NDArray[np.int16], window: ActivityWindow) -> NDArray[np.int16]:
    """`before` with speakers for those who have none yet; the best sum of scores wins.

    Who speaks at the same time as somebody is not that somebody. People who take turns may be one, whom the
    network took for two.
    """
    people = [person for person in scores if before[person] == NOBODY]
    seconds, together = _time_together(window)
    choices = [
        [*_best(scores[person], {int(before[other]) for other in np.flatnonzero(together[person])}), NOBODY]
        for person in people
    ]

    def worth(speakers: tuple[int, ...]) -> float:
        chosen = [one for one in zip(people, speakers, strict=True) if one[1] != NOBODY]
        if any(together[a, b] and one == other for (a, one), (b, other) in combinations(chosen, 2)):
            return -np.inf
        return sum(float(seconds[person] * (scores[person][speaker] + 1)) for person, speaker in chosen)

    after = before.copy()
    after[people] = max(product(*choices), key=worth)
    return after


def _time_together(window: ActivityWindow) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """In how many frames each speaks; and which two speak at the same time for a good part of theirs."""
    speaking = window.speaking.astype(np.int64)
    frames = speaking.sum(axis=0)
    common = speaking.T @ speaking
    np.fill_diagonal(common, 0)
    return frames, np.asarray(common > _LEAST_TOGETHER * np.minimum(frames[:, None], frames[None, :]))


def _best(score: NDArray[np.float32], taken: set[int]) -> list[int]:
    """The speakers that fit best and are free."""
    order = np.argsort(-score, kind="stable").tolist()
    return [speaker for speaker in order if speaker not in taken][:_CANDIDATES]
