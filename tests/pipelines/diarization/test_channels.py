"""When the channels of a recording are not people's own."""

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from surtitle.engines.sound import SAMPLE_RATE_HZ
from surtitle.pipelines.diarization.channels import channels_are_alike

Sound = NDArray[np.float64]
ANA, BEN = np.random.default_rng(7).normal(0, 0.1, (2, 20 * SAMPLE_RATE_HZ))
HISS = np.random.default_rng(8).normal(0, 0.01, ANA.size)


@pytest.mark.parametrize(
    ("channels", "alike"),
    [
        ((ANA + BEN, ANA + BEN), True),
        ((ANA + BEN, 0.3 * (ANA + BEN) + 0.1 * HISS, ANA + BEN + HISS), True),
        ((ANA, BEN), False),
        ((ANA + 0.1 * BEN, BEN + 0.1 * ANA), False),
        ((ANA, ANA, BEN), False),
        ((ANA, 0 * ANA), False),
        ((0 * ANA, 0 * ANA), False),
    ],
)
def test_the_same_sound_is_known_however_loud(tmp_path: Path, channels: Sequence[Sound], alike: bool) -> None:
    path = tmp_path / "channels.wav"
    with wave.open(str(path), "wb") as writer:
        writer.setparams((len(channels), 2, SAMPLE_RATE_HZ, 0, "NONE", ""))
        writer.writeframes((np.stack(channels, axis=1) * 20_000).clip(-32768, 32767).astype("<i2").tobytes())
    assert channels_are_alike(path) is alike
