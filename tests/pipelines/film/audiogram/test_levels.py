from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.drawn_films import write_sound

from surtitle.errors import Invalid
from surtitle.pipelines.film.audiogram.levels import SoundLevels

RATE_HZ = 16_000


def tone(hertz: float, seconds: float = 1.0) -> NDArray[np.float64]:
    return np.sin(2 * np.pi * hertz * np.arange(int(RATE_HZ * seconds)) / RATE_HZ) * 0.5


def test_a_higher_tone_moves_a_higher_bar(tmp_path: Path) -> None:
    loudest = []
    for hertz in (150, 600, 2400):
        with SoundLevels(write_sound(tmp_path / "tone.wav", tone(hertz)), 48, 30) as levels:
            loudest.append(int(levels.at(15).argmax()))
    assert loudest == sorted(set(loudest))


def test_silence_is_flat_and_bars_sink_slowly(tmp_path: Path) -> None:
    sound = np.concatenate([tone(400), np.zeros(RATE_HZ)])
    with SoundLevels(write_sound(tmp_path / "tone.wav", sound), 48, 30) as levels:
        loud, after, later = (levels.at(frame).max() for frame in (28, 34, 59))
    assert loud > 0.7
    assert loud > after > later
    assert later < 0.05


def test_frames_after_the_end_and_films_without_sound_are_still(tmp_path: Path) -> None:
    with SoundLevels(write_sound(tmp_path / "tone.wav", tone(400, 0.2)), 48, 30) as levels:
        assert levels.at(300).max() < 0.01
    with SoundLevels(None, 48, 30) as levels:
        assert levels.at(3).max() == 0.0


def test_a_frame_has_the_same_levels_at_every_reading(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "tone.wav", tone(400) * np.linspace(0, 1, RATE_HZ))
    with SoundLevels(path, 48, 30) as one, SoundLevels(path, 48, 30) as other:
        stepped = [one.at(frame).copy() for frame in range(25)][-1]
        assert np.array_equal(stepped, other.at(24))


@pytest.mark.parametrize("content", [b"", b"ID3 not a wave file at all", b"RIFF\x00\x00\x00\x00WAVE"])
def test_what_is_no_wav_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(content)
    with pytest.raises(Invalid, match="no WAV"):
        SoundLevels(path, 48, 30)
