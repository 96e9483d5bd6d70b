"""From windows to turns, with networks that know tones: each person is a pitch, so who speaks is certain."""

import numpy as np
import pytest
from numpy.typing import NDArray

from surtitle.domain.speakers import Diarization
from surtitle.engines.builtin.local_diarizer import SpeakerPipeline
from surtitle.engines.builtin.segmentation import FRAME_STEP_SAMPLES, POWERSET
from surtitle.engines.builtin.voice_clustering import SpeakerBounds
from surtitle.engines.builtin.window_activity import WINDOW_FRAMES
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples

PITCHES_HZ = (500.0, 1000.0, 2000.0, 4000.0)
LEVEL = 0.2


class ToneSegmenter:
    """Hears which pitches sound in each frame. Who is first of three is who is heard first in a window."""

    def log_probabilities(self, windows: Samples) -> NDArray[np.float32]:
        return np.stack([self._of(window) for window in windows])

    def _of(self, window: Samples) -> NDArray[np.float32]:
        starts = np.arange(WINDOW_FRAMES) * FRAME_STEP_SAMPLES + 360
        frames = np.stack([window[start : start + FRAME_STEP_SAMPLES] for start in starts])
        time = np.arange(FRAME_STEP_SAMPLES) / SAMPLE_RATE_HZ
        waves = np.exp(-2j * np.pi * np.outer(PITCHES_HZ, time)) / FRAME_STEP_SAMPLES * 2
        sounding = np.abs(frames @ waves.T) > LEVEL / 20
        heard = [pitch for pitch in range(len(PITCHES_HZ)) if sounding[:, pitch].any()]
        first_heard = sorted(heard, key=lambda pitch: int(sounding[:, pitch].argmax()))[:3]
        people = np.zeros((WINDOW_FRAMES, 3), dtype=np.float32)
        for person, pitch in enumerate(first_heard):
            people[:, person] = sounding[:, pitch]
        distance = np.abs(people[:, None, :] - POWERSET[None]).sum(axis=2)
        return np.where(distance == distance.min(axis=1, keepdims=True), -0.001, -9.0).astype(np.float32)


class ToneVoices:
    """A voice is its spectrum."""

    def embeddings(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        mean = features.mean(axis=1)
        spectrum = np.exp(mean - mean.max(axis=1, keepdims=True))
        return np.asarray(spectrum / np.linalg.norm(spectrum, axis=1, keepdims=True), dtype=np.float32)


class Recorded:
    """Sound in memory, read like a file."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    @property
    def sample_count(self) -> int:
        return len(self.samples)

    def read(self, start: int, count: int) -> Samples:
        return self.samples[start : start + count]


Turn = tuple[int, float, float]
"""Who, from when, until when."""


def spoken(seconds: float, *turns: Turn) -> Samples:
    sound = np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32)
    for person, start, end in turns:
        first, last = round(start * SAMPLE_RATE_HZ), round(end * SAMPLE_RATE_HZ)
        time = np.arange(last - first) / SAMPLE_RATE_HZ
        sound[first:last] += LEVEL * np.sin(2 * np.pi * PITCHES_HZ[person] * time)
    return sound


def heard(sound: Samples, bounds: SpeakerBounds | None = None) -> Diarization:
    pipeline = SpeakerPipeline(ToneSegmenter(), ToneVoices())
    seconds = len(sound) / SAMPLE_RATE_HZ
    return pipeline.of_mix(Recorded(sound), seconds, bounds or SpeakerBounds(), lambda _fraction: None)


def assert_turns(found: Diarization, *expected: Turn) -> None:
    told = [(int(turn.speaker.removeprefix("speaker_")) - 1, turn) for turn in found.turns]
    assert [who for who, _ in told] == [who for who, _, _ in expected]
    for (_, turn), (_, start, end) in zip(told, expected, strict=True):
        assert turn.start_seconds == pytest.approx(start, abs=0.2)
        assert turn.end_seconds == pytest.approx(end, abs=0.2)


def test_people_are_told_apart_across_windows_and_overlap_is_kept() -> None:
    turns = ((0, 1.0, 7.0), (1, 6.0, 14.0), (2, 14.5, 21.0), (0, 22.0, 30.0), (1, 31.0, 38.0))
    found = heard(spoken(40, *turns))
    assert_turns(found, *turns)
    assert found.speakers == ("speaker_1", "speaker_2", "speaker_3")


def test_more_people_than_a_window_can_hold_are_found() -> None:
    turns = tuple(
        (person, 1.0 + 5 * number, 5.5 + 5 * number) for number, person in enumerate((0, 1, 2, 3, 0))
    )
    assert_turns(heard(spoken(28, *turns)), *turns)


def test_nobody_gives_no_turns_and_no_voices() -> None:
    found = heard(spoken(12))
    assert (found.turns, found.voices, found.duration_seconds) == ((), (), 12)


@pytest.mark.parametrize("seconds", [0.01, 0.5, 3.0])
def test_a_sound_shorter_than_a_window_is_heard(seconds: float) -> None:
    found = heard(spoken(seconds, (0, 0.0, seconds)))
    assert all(0 <= turn.start_seconds < turn.end_seconds <= seconds for turn in found.turns)
    assert len(found.speakers) == (1 if seconds >= 0.5 else 0)


def test_a_short_word_in_a_long_turn_of_somebody_else_is_a_turn() -> None:
    turns = ((0, 1.0, 5.0), (1, 6.0, 18.0), (0, 11.0, 11.8))
    assert_turns(heard(spoken(20, *turns)), *turns)


def test_a_pause_keeps_the_floor_unless_somebody_takes_it() -> None:
    found = heard(
        spoken(30, (0, 1.0, 5.0), (0, 6.5, 10.0), (1, 12.0, 15.0), (1, 16.0, 20.0), (0, 15.1, 15.9))
    )
    assert_turns(found, (0, 1.0, 10.0), (1, 12.0, 15.0), (0, 15.1, 15.9), (1, 16.0, 20.0))


def test_a_given_number_of_speakers_is_kept() -> None:
    sound = spoken(30, (0, 1.0, 9.0), (1, 10.0, 19.0), (2, 20.0, 29.0))
    assert [len(heard(sound, SpeakerBounds(count, count)).speakers) for count in (1, 2, 3)] == [1, 2, 3]
    assert len(heard(sound, SpeakerBounds(1, 2)).speakers) == 2


def test_voices_have_unit_length_and_the_time_of_their_turns() -> None:
    found = heard(spoken(20, (0, 1.0, 9.0), (1, 10.0, 19.0)))
    for voice in found.voices:
        assert voice.embedding is not None
        assert np.linalg.norm(voice.embedding) == pytest.approx(1, abs=1e-4)
        turns = [turn.seconds for turn in found.turns if turn.speaker == voice.speaker]
        assert voice.speech_seconds == pytest.approx(sum(turns), abs=0.01)


def test_the_same_sound_gives_the_same_turns() -> None:
    sound = spoken(30, (0, 1.0, 9.0), (1, 8.0, 19.0), (2, 20.0, 29.0))
    assert heard(sound) == heard(sound)


def test_progress_rises_to_the_whole() -> None:
    told: list[float] = []
    sound = spoken(60, (0, 1.0, 50.0))
    SpeakerPipeline(ToneSegmenter(), ToneVoices()).of_mix(Recorded(sound), 60, SpeakerBounds(), told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert 0 < told[0] < 0.2


def test_each_channel_is_a_speaker_and_crosstalk_is_not_heard() -> None:
    near, far = spoken(30, (0, 1.0, 14.0)), spoken(30, (1, 12.0, 28.0))
    channels = [Recorded(near + 0.1 * far), Recorded(far + 0.1 * near)]
    pipeline = SpeakerPipeline(ToneSegmenter(), ToneVoices())
    found = pipeline.of_channels(channels, 30, lambda _fraction: None)
    assert_turns(found, (0, 1.0, 14.0), (1, 12.0, 28.0))
