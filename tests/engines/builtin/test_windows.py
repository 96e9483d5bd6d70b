"""Windows are a pure function of the sound after the cut."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from surtitle.domain.recognition import Window
from surtitle.engines.builtin.speech_detector import Listening, SpeechDetector
from surtitle.engines.builtin.windows import (
    LONGEST_SAMPLES,
    WINDOWS_OF_ONE_LANGUAGE,
    windows_by_loudness,
    windows_by_speech,
)
from surtitle.engines.sound import Samples, SoundFile, wav_header

from ..conftest import write_sound  # noqa: TID252 - the conftest of the folder above
from .conftest import SENTENCES, Narrate


@pytest.fixture(scope="module")
def detector() -> SpeechDetector:
    return SpeechDetector()


@pytest.fixture(scope="module")
def narration(narrate: Narrate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundFile]:
    """About 150 s: sentences, silence, the sentences again, silence."""
    silence = np.zeros(40 * 16_000, dtype=np.float32)
    samples = np.concatenate([narrate(*SENTENCES), silence, narrate(*SENTENCES), silence])
    with SoundFile(write_sound(tmp_path_factory.mktemp("windows") / "narration.wav", samples)) as sound:
        yield sound


class CountingDetector(SpeechDetector):
    """Counts the samples that the network is asked about."""

    heard = 0

    def listening(self) -> Listening:
        listening = super().listening()
        hear = listening.hear

        def counted(piece: Samples) -> Samples:
            self.heard += len(piece)
            return hear(piece)

        listening.hear = counted  # type: ignore[method-assign]
        return listening


def assert_whole(windows: list[Window], sound: SoundFile) -> None:
    assert windows[0].start == 0
    assert windows[-1].end == sound.sample_count
    assert all(a.end == b.start for a, b in pairwise(windows))


def test_speech_is_cut_in_pauses_and_nothing_is_left_out(
    narration: SoundFile, detector: SpeechDetector
) -> None:
    windows = list(windows_by_speech(narration, 0, detector))
    assert_whole(windows, narration)
    assert all(window.end - window.start <= LONGEST_SAMPLES for window in windows if window.speech)
    for window in windows[:-1]:
        around = narration.read(window.end - 800, 1600)
        assert np.abs(around).max() < 0.02, f"cut at {window.end / 16_000} s in the middle of speech"


@pytest.mark.parametrize("by_speech", [True, False])
def test_beginning_at_any_cut_gives_the_same_windows(
    by_speech: bool, narration: SoundFile, detector: SpeechDetector
) -> None:
    def windows_from(start: int) -> list[Window]:
        return list(
            windows_by_speech(narration, start, detector)
            if by_speech
            else windows_by_loudness(narration, start)
        )

    windows = windows_from(0)
    assert len(windows) >= 4
    for number, window in enumerate(windows):
        assert windows_from(window.end) == windows[number + 1 :]


def test_each_second_is_heard_once_or_a_little_more(narration: SoundFile) -> None:
    detector = CountingDetector()
    windows = list(windows_by_speech(narration, 0, detector))
    assert len([window for window in windows if window.speech]) >= 4
    # Each window begins to listen anew, and hears a little further than it reaches.
    assert detector.heard < 1.6 * narration.sample_count


def test_hearing_no_further_than_needed_gives_the_same_windows(
    narrate: Narrate, tmp_path: Path, detector: SpeechDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some voices too faint to be sure of, for which others vouch from behind the horizon.
    loud = narrate(*SENTENCES, pause_seconds=1.2)
    faint = loud * 0.02 + np.random.default_rng(0).normal(0, 0.004, len(loud)).astype(np.float32)
    with SoundFile(write_sound(tmp_path / "both.wav", np.concatenate([faint, loud, faint, loud]))) as sound:
        windows = list(windows_by_speech(sound, 0, detector))
        monkeypatch.setattr("surtitle.engines.builtin.windows.is_decided", lambda *_: False)
        assert windows == list(windows_by_speech(sound, 0, detector))
    assert len(windows) > 5


def test_a_long_silence_is_a_window_without_speech(narration: SoundFile, detector: SpeechDetector) -> None:
    windows = list(windows_by_speech(narration, 0, detector))
    silent = [window for window in windows if not window.speech]
    assert len(silent) == 2
    assert all(window.end - window.start > 10 * 16_000 for window in silent)


def test_loud_windows_are_cut_at_a_quiet_place(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 60 * 16_000).astype(np.float32)
    noise[20 * 16_000 : 21 * 16_000] *= 0.01
    with SoundFile(write_sound(tmp_path / "noise.wav", noise)) as sound:
        windows = list(windows_by_loudness(sound, 0))
        assert_whole(windows, sound)
    assert 20 * 16_000 < windows[0].end < 21 * 16_000
    assert all(window.speech for window in windows)


def test_an_hour_of_digital_silence_is_a_few_steps(tmp_path: Path, detector: SpeechDetector) -> None:
    hour = tmp_path / "hour.wav"
    with hour.open("wb") as file:
        file.write(wav_header(3600 * 16_000))
        file.truncate(44 + 3600 * 32_000)
    with SoundFile(hour) as sound:
        windows = list(windows_by_speech(sound, 0, detector))
        assert_whole(windows, sound)
        assert len(windows) < 10
        assert not any(window.speech for window in [*windows, *windows_by_loudness(sound, 0)])


@pytest.mark.parametrize("count", [0, 1, 511, 512, 1600, 28 * 16_000, 28 * 16_000 + 1])
def test_sounds_of_every_length_are_covered(count: int, tmp_path: Path, detector: SpeechDetector) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, count).astype(np.float32)
    with SoundFile(write_sound(tmp_path / "noise.wav", noise)) as sound:
        for windows in (list(windows_by_speech(sound, 0, detector)), list(windows_by_loudness(sound, 0))):
            assert sum(window.end - window.start for window in windows) == count


@pytest.mark.parametrize(("sentences", "spoken"), [(3, 1), (5, 2)])
def test_a_long_end_of_a_recording_is_left_to_two_cores(
    sentences: int, spoken: int, narrate: Narrate, tmp_path: Path, detector: SpeechDetector
) -> None:
    # What comes first is cut early anyway.
    samples = np.concatenate([np.zeros(5 * 16_000, dtype=np.float32), narrate(*SENTENCES[:sentences])])
    with SoundFile(write_sound(tmp_path / "end.wav", samples)) as sound:
        windows = list(windows_by_speech(sound, 0, detector))
        assert_whole(windows, sound)
        around = sound.read(windows[-1].start - 800, 1600)
    lengths = [window.end - window.start for window in windows if window.speech]
    assert len(lengths) == spoken
    assert sum(lengths) < LONGEST_SAMPLES
    assert min(lengths) > 0.25 * sum(lengths)
    assert np.abs(around).max() < 0.02


def test_where_languages_may_change_a_pause_of_a_second_ends_a_window(
    narrate: Narrate, tmp_path: Path, detector: SpeechDetector
) -> None:
    samples = narrate(*SENTENCES[:3], pause_seconds=1.5)
    with SoundFile(write_sound(tmp_path / "paused.wav", samples)) as sound:
        full = list(windows_by_speech(sound, 0, detector))
        short = list(windows_by_speech(sound, 0, detector, cutting=WINDOWS_OF_ONE_LANGUAGE))
        assert_whole(short, sound)
        rest = list(windows_by_speech(sound, short[0].end, detector, cutting=WINDOWS_OF_ONE_LANGUAGE))
    assert len([window for window in full if window.speech]) == 2
    assert len([window for window in short if window.speech]) == 3
    assert rest == short[1:]
