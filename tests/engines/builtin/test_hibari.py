import numpy as np
import pytest

from surtitle.engines.builtin.hibari import HibariSynthesizer
from surtitle.engines.protocols import EngineSetup
from surtitle.errors import Invalid


@pytest.fixture(scope="module")
def voice() -> HibariSynthesizer:
    return HibariSynthesizer(EngineSetup("hibari", "hibari", None, "cpu", "float32", 1))


def test_the_same_seed_gives_the_same_samples(voice: HibariSynthesizer) -> None:
    first, second, other = (
        voice.synthesize("Good morning.", voice=None, speed=1.0, seed=seed) for seed in (1, 1, 2)
    )
    assert first.sample_rate_hz == 24_000
    assert first.samples.dtype == np.float32
    assert np.array_equal(first.samples, second.samples)
    assert not np.array_equal(first.samples, other.samples)


def test_a_faster_voice_is_shorter(voice: HibariSynthesizer) -> None:
    slow, fast = (
        voice.synthesize("Good morning to you all.", voice="heart", speed=speed, seed=1).samples.size
        for speed in (0.5, 2.0)
    )
    assert slow > 3 * fast


@pytest.mark.parametrize("name", ["emma", "nobody"])
def test_a_voice_that_is_not_in_the_wheel_is_refused_and_not_fetched(
    name: str, voice: HibariSynthesizer
) -> None:
    with pytest.raises(Invalid, match=rf"'{name}' is not installed with hibari; choose one of: heart"):
        voice.synthesize("Hello.", voice=name, speed=1.0, seed=1)


@pytest.mark.parametrize("speed", [0.49, 2.01, float("nan")])
def test_a_speed_out_of_range_is_refused(speed: float, voice: HibariSynthesizer) -> None:
    with pytest.raises(Invalid, match=r"outside 0\.5 to 2\.0"):
        voice.synthesize("Hello.", voice=None, speed=speed, seed=1)


@pytest.mark.parametrize("text", ["", " \n ", "..."])
def test_a_text_with_nothing_to_say_is_refused(text: str, voice: HibariSynthesizer) -> None:
    with pytest.raises(Invalid, match="nothing to say"):
        voice.synthesize(text, voice=None, speed=1.0, seed=1)
