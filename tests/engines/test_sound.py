"""Sound read from files, one channel or several."""

from pathlib import Path

import numpy as np
import pytest

from surtitle.engines.builtin.local_diarizer import channels_of
from surtitle.engines.sound import SoundFile, wav_header
from surtitle.errors import Invalid


def written(path: Path, *channels: list[int]) -> Path:
    samples = np.array(channels, dtype="<i2").T
    path.write_bytes(wav_header(len(samples), channels=len(channels)) + samples.tobytes())
    return path


def test_channels_are_read_apart_and_mixed(tmp_path: Path) -> None:
    with SoundFile(written(tmp_path / "two.wav", [0, 8192, 16384], [0, 0, -16384])) as sound:
        assert (sound.sample_count, sound.channel_count) == (3, 2)
        assert sound.read(0, 9).tolist() == [0, 0.125, 0]
        assert sound.channel(0).read(1, 9).tolist() == [0.25, 0.5]
        assert sound.channel(1).read(2, 1).tolist() == [-0.5]


def test_one_channel_is_read_as_ever(tmp_path: Path) -> None:
    with SoundFile(written(tmp_path / "one.wav", [0, 8192, 16384])) as sound:
        assert sound.read(1, 5).tolist() == [0.25, 0.5]


def test_a_recording_of_one_channel_has_no_speaker_on_each(tmp_path: Path) -> None:
    with (
        SoundFile(written(tmp_path / "one.wav", [0, 1])) as sound,
        pytest.raises(Invalid, match="one channel"),
    ):
        channels_of(sound)
