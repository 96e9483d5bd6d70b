"""A diarizer that keeps the protocol's contract and fails on demand.

A file named by `FAKE_DIARIZER_FAULT` says how, as long as it is there: a word of the list in `_fail`.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from surtitle.domain.options import DiarizationOptions
from surtitle.domain.speakers import Diarization, SpeakerTurn, SpeakerVoice
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability, EngineSpec
from surtitle.engines.sound import SoundFile
from surtitle.errors import Invalid

IN_TURN = EngineSpec(
    name="in-turn",
    capability=Capability.DIARIZER,
    factory="fake_diarizer:TurnByTurn",
    hears_channels=True,
)

TURN_SECONDS = 5.0
CROSSTALK_SECONDS = 0.5


class TurnByTurn:
    """As many speakers as are asked for, two by default, five seconds each in turn. Each begins half a second
    before the one before ends. With separate channels, one speaker a channel, all the time.
    """

    def __init__(self, setup: EngineSetup) -> None:
        self.setup = setup

    def diarize(
        self, sound: SoundFile, options: DiarizationOptions, on_progress: Callable[[float], None]
    ) -> Diarization:
        _fail()
        if options.channels == "separate":
            labels = [f"speaker_{number + 1}" for number in range(sound.channel_count)]
            turns = [SpeakerTurn(0.0, sound.duration_seconds, label) for label in labels]
            return Diarization(sound.duration_seconds, tuple(turns), _voices(turns), "in-turn")
        count = options.speakers or 2
        turns = []
        while len(turns) * TURN_SECONDS < sound.duration_seconds:
            start = len(turns) * TURN_SECONDS
            end = min(start + TURN_SECONDS, sound.duration_seconds)
            early = max(start - CROSSTALK_SECONDS, 0.0)
            turns.append(SpeakerTurn(early, end, f"speaker_{len(turns) % count + 1}"))
            on_progress(end / sound.duration_seconds)
        return Diarization(sound.duration_seconds, tuple(turns), _voices(turns), "in-turn")


def _voices(turns: list[SpeakerTurn]) -> tuple[SpeakerVoice, ...]:
    speakers = sorted({turn.speaker for turn in turns})
    return tuple(
        SpeakerVoice(
            speaker,
            sum(turn.seconds for turn in turns if turn.speaker == speaker),
            "fake-2",
            (1.0, 0.0) if number % 2 else (0.0, 1.0),
        )
        for number, speaker in enumerate(speakers)
    )


def _fail() -> None:
    named = os.environ.get("FAKE_DIARIZER_FAULT")
    if named is None or not Path(named).exists():
        return
    match Path(named).read_text():
        case "refuses":
            raise Invalid("These voices cannot be told apart.")
        case "breaks":
            raise RuntimeError("no such tensor")
        case "dies":
            os._exit(7)
        case "hangs":
            time.sleep(3600)
