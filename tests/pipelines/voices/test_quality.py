import numpy as np
import pytest

from surtitle.domain.speakers import Diarization, SpeakerTurn
from surtitle.domain.transcript import Stretch
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples
from surtitle.pipelines.voices.errors import UnfitClip
from surtitle.pipelines.voices.quality import measured, require_fit, stretches_of_one

RNG = np.random.default_rng(5)
SPEECH = [Stretch(0.5, 5.5)]


def clip(*, noise: float = 0.0005, gain: float = 1.0) -> Samples:
    """Six seconds: syllables of a buzzing voice, five a second, in noise."""
    time = np.arange(6 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    # The peaks of speech are rare: its overtones seldom meet.
    voice = sum(np.sin(2 * np.pi * (130.0 * k + k * k) * time + k * k) / k for k in range(1, 12))
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * time), 0, 1) * ((time > 0.5) & (time < 5.5))
    sound = 0.1 * gain * voice * syllables + noise * RNG.standard_normal(time.size)
    return np.asarray(np.clip(sound, -1, 1), dtype=np.float32)


def why(samples: Samples, stretches: list[Stretch]) -> str:
    with pytest.raises(UnfitClip) as refused:
        require_fit(measured(samples, stretches))
    return str(refused.value.fields["why"])


def test_a_clear_clip_is_fit() -> None:
    facts = measured(clip(), SPEECH)
    require_fit(facts)
    assert facts.speech_seconds == 5.0
    assert facts.clipped < 0.005
    assert facts.noise_decibels > 30


def test_noise_is_measured_in_decibels() -> None:
    speech = np.sqrt(np.mean(np.square(clip(noise=0)[int(0.5 * 16000) : int(5.5 * 16000)])))
    facts = measured(clip(noise=float(speech) / 10 ** (12 / 20)), SPEECH)
    assert facts.noise_decibels == pytest.approx(12, abs=1.5)


def test_too_short_too_noisy_and_overdriven_clips_say_so() -> None:
    assert why(clip(), [Stretch(0.5, 3.0)]) == "too-short"
    assert why(clip(noise=0.2), SPEECH) == "noisy"
    assert why(clip(gain=60), SPEECH) == "clipped"


def test_the_person_is_heard_where_nobody_else_is() -> None:
    turns = (SpeakerTurn(0, 9, "speaker_1"), SpeakerTurn(4, 4.5, "speaker_2"))
    assert stretches_of_one(Diarization(9, turns)) == [Stretch(0, 4), Stretch(4.5, 9)]


def test_two_people_are_refused_unless_they_are_one() -> None:
    turns = (SpeakerTurn(0, 6, "speaker_1"), SpeakerTurn(6, 10, "speaker_2"))
    with pytest.raises(UnfitClip, match="More than one"):
        stretches_of_one(Diarization(10, turns))
    alike = frozenset({"speaker_2"})
    assert stretches_of_one(Diarization(10, turns), alike) == [Stretch(0, 6), Stretch(6, 10)]


def test_a_clip_without_speech_is_refused() -> None:
    with pytest.raises(UnfitClip, match="Nobody"):
        stretches_of_one(Diarization(10))
