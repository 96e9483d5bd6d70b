"""How much silence the encoder is given behind the sound."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from surtitle.engines.builtin.whisper_passes import encode
from surtitle.engines.sound import Samples

MELS = 80


@dataclass
class _Weights:
    device: str


@dataclass
class _Model:
    """The part of faster-whisper's model that is asked here; keeps what it was given."""

    model: _Weights
    given: list[Samples] = field(default_factory=list)

    def encode(self, features: Samples) -> Samples:
        self.given.append(features)
        return features


@pytest.mark.parametrize(
    ("device", "frames", "expected"),
    [
        ("cpu", 500, 1300),
        ("cpu", 501, 1302),
        ("cpu", 2200, 3000),
        ("cpu", 2800, 3000),
        ("cpu", 3100, 3000),
        ("cuda", 500, 3000),
    ],
)
def test_what_is_encoded_ends_in_silence_and_never_exceeds_what_the_model_takes(
    device: str, frames: int, expected: int
) -> None:
    model = _Model(_Weights(device))
    sound = np.ones((MELS, frames), dtype=np.float32)

    encode(model, sound)

    (given,) = model.given
    heard = min(frames, expected)
    assert given.shape == (MELS, expected)
    assert given[:, :heard].all()
    assert not given[:, heard:].any()
