"""A diarizer and a voice encoder to which a pitch is a voice: one speaker for each tone of a recording."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from surtitle.domain.options import DiarizationOptions
from surtitle.domain.speakers import Diarization, SpeakerTurn, SpeakerVoice
from surtitle.domain.transcript import Stretch
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability, EngineSpec
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples, SoundFile
from surtitle.errors import Invalid

PITCH_DIARIZER = EngineSpec(
    name="pitch", capability=Capability.DIARIZER, factory="pitch_engines:PitchDiarizer", model="pitch"
)
OTHER_DIARIZER = EngineSpec(
    name="pitch-otherwise",
    capability=Capability.DIARIZER,
    factory="pitch_engines:OtherPitchDiarizer",
    model="pitch",
)
PITCH_ENCODER = EngineSpec(
    name="pitch-encoder",
    capability=Capability.VOICE_ENCODER,
    factory="pitch_engines:PitchEncoder",
    model="pitch",
)

ENCODER = "pitch-16"
_VALUES = 16
_STEP_HZ = 100
_LEAST_SECONDS = 1.0
_AUDIBLE = 0.01


class PitchDiarizer:
    """The same tone in another second, the same speaker; silence is nobody. Refuses more than eight."""

    def __init__(self, setup: EngineSetup) -> None:
        self.setup = setup

    def diarize(
        self, sound: SoundFile, options: DiarizationOptions, on_progress: Callable[[float], None]
    ) -> Diarization:
        if options.speakers is not None and options.speakers > 8:
            raise Invalid("Nobody can hum so many tones.", field="options.diarization.speakers")
        seconds = int(sound.duration_seconds)
        heard = [_pitch(sound.read(at * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)) for at in range(seconds)]
        labels: dict[int, str] = {}
        turns = []
        for pitch, group in groupby(range(seconds), key=lambda at: heard[at]):
            span = list(group)
            on_progress((span[-1] + 1) / seconds)
            if pitch is not None:
                label = labels.setdefault(pitch, f"speaker_{len(labels) + 1}")
                turns.append(SpeakerTurn(float(span[0]), float(span[-1] + 1), label))
        voices = tuple(
            SpeakerVoice(label, float(heard.count(pitch)), ENCODER, tuple(_embedding(pitch).tolist()))
            for pitch, label in labels.items()
        )
        return Diarization(sound.duration_seconds, tuple(turns), voices, engine="pitch")


class OtherPitchDiarizer(PitchDiarizer):
    """Tells the same turns, with voices in numbers of its own that compare with nobody else's."""

    def diarize(
        self, sound: SoundFile, options: DiarizationOptions, on_progress: Callable[[float], None]
    ) -> Diarization:
        heard = super().diarize(sound, options, on_progress)
        voices = tuple(replace(one, encoder="other-2", embedding=(1.0, 0.0)) for one in heard.voices)
        return replace(heard, voices=voices, engine="pitch-otherwise")


class PitchEncoder:
    """The loudest tone of the stretches."""

    encoder = ENCODER

    def __init__(self, setup: EngineSetup) -> None:
        self.setup = setup

    def encode(self, sound: SoundFile, stretches: Sequence[Stretch]) -> NDArray[np.float32] | None:
        pieces = [
            sound.read(round(one.start_seconds * SAMPLE_RATE_HZ), round(one.seconds * SAMPLE_RATE_HZ))
            for one in stretches
        ]
        samples = np.concatenate(pieces)
        if samples.size < _LEAST_SECONDS * SAMPLE_RATE_HZ:
            return None
        pitch = _pitch(samples)
        return None if pitch is None else _embedding(pitch)


def _pitch(samples: Samples) -> int | None:
    """The loudest tone in steps of 100 Hz; None for silence."""
    if float(np.abs(samples).max(initial=0.0)) < _AUDIBLE:
        return None
    loudest = int(np.abs(np.fft.rfft(samples)).argmax())
    return round(loudest * SAMPLE_RATE_HZ / samples.size / _STEP_HZ)


def _embedding(pitch: int) -> NDArray[np.float32]:
    values = np.zeros(_VALUES, dtype=np.float32)
    values[pitch % _VALUES] = 1.0
    return values
