"""How much silence the encoder is given behind the sound."""

import zlib
from dataclasses import dataclass, field

import numpy as np
import pytest

from surtitle.engines.builtin.whisper_passes import MOST_COMPRESSIBLE, compression_ratio, encode
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


_RIGHTS = {
    "English": (
        "All human beings are born free and equal in dignity and rights. They are endowed with reason and "
        "conscience and should act towards one another in a spirit of brotherhood. Everyone is entitled to "
        "all the rights and freedoms set forth in this Declaration, without distinction of any kind."
    ),
    "Hindi": (
        "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। उन्हें बुद्धि और "
        "अन्तरात्मा की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव से बर्ताव करना चाहिए। सभी को इस घोषणा में "
        "सन्निहित सभी अधिकारों और आज़ादियों को प्राप्त करने का हक़ है और इस मामले में जाति का भेदभाव न किया जाएगा।"
    ),
    "Tamil": (
        "மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்கள் மதிப்பிலும் உரிமைகளிலும் சமமானவர்கள். "
        "அவர்கள் நியாயத்தையும் மனச்சாட்சியையும் இயற்பண்பாகப் பெற்றவர்கள். அவர்கள் ஒருவருடனொருவர் சகோதர உணர்வுப் "
        "பாங்கில் நடந்துகொள்ளல் வேண்டும்."
    ),
    "Chinese": "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。",
}


@pytest.mark.parametrize("text", _RIGHTS.values(), ids=_RIGHTS)
def test_ordinary_text_is_no_loop_and_a_loop_is_one_in_every_script(text: str) -> None:
    assert compression_ratio(text) < 2.0
    assert compression_ratio(text[:24] * 8) > MOST_COMPRESSIBLE


def test_the_compression_of_english_is_that_of_whisper() -> None:
    text = "and so my fellow americans ask not what your country can do for you"
    assert compression_ratio(text) == len(text) / len(zlib.compress(text.encode()))
    assert compression_ratio("") == 0
