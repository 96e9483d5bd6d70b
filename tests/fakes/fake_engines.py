"""Transcribers and synthesizers that keep the protocol's contract and misbehave on demand.

`EngineSetup.model` says how: a word of the list in `ScriptedTranscriber._act`.
"""

import logging
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from surtitle.domain.options import ComputeType, TranscriptionOptions
from surtitle.domain.recognition import RecognizedSegment, RecognizedWindow, RecognizedWord, WindowCursor
from surtitle.engines.protocols import EngineOutOfMemory, EngineSetup, Speech
from surtitle.engines.registry import Capability, EngineSpec
from surtitle.engines.sound import SAMPLE_RATE_HZ, SoundFile
from surtitle.errors import Busy, Invalid

SCRIPTED = EngineSpec(
    name="scripted",
    capability=Capability.TRANSCRIBER,
    factory="fake_engines:ScriptedTranscriber",
    compute_types=(ComputeType.FLOAT32, ComputeType.FLOAT16, ComputeType.INT8),
)
TONE = EngineSpec(name="tone", capability=Capability.SYNTHESIZER, factory="fake_engines:ToneSynthesizer")
BARE = EngineSpec(
    name="bare", capability=Capability.TRANSCRIBER, factory="no_such_library_here:Engine", extra="diarization"
)

log = logging.getLogger("surtitle.engines.scripted")

LIGHTEST = ("cpu", "int8", 1)
_LITTER_MIB = 200


class Ours(Exception):
    """An error of the engine's own, unknown to the host."""


class ScriptedTranscriber:
    """One window a second, one word each: the setup's device, compute type and batch size."""

    living = 0

    def __init__(self, setup: EngineSetup) -> None:
        self.setup = setup
        if setup.model == "too-big-to-load" and self._weight() != LIGHTEST:
            raise RuntimeError("CUDA failed with error out of memory")
        ScriptedTranscriber.living += 1

    def __del__(self) -> None:
        ScriptedTranscriber.living -= 1

    def transcribe(
        self, sound: SoundFile, options: TranscriptionOptions, start: WindowCursor
    ) -> Iterator[RecognizedWindow]:
        cursor = start
        while cursor.sample < sound.sample_count:
            self._act(cursor.index)
            begin, end = cursor.sample, min(cursor.sample + SAMPLE_RATE_HZ, sound.sample_count)
            cursor = replace(cursor, index=cursor.index + 1, sample=end)
            yield self._window(begin / SAMPLE_RATE_HZ, end / SAMPLE_RATE_HZ, cursor)

    def _window(self, start: float, end: float, following: WindowCursor) -> RecognizedWindow:
        text = " ".join(map(str, self._weight()))
        if self.setup.model == "unicode":
            text = "日本語 café 🎬 \u2028 \x00 \u200f\u05e9\u05dc\u05d5\u05dd"
        if self.setup.model == "living":
            text = str(ScriptedTranscriber.living)
        start = float("nan") if self.setup.model == "nan" else start
        words = (RecognizedWord(text, start, end, 1.0),)
        return RecognizedWindow(start, end, (RecognizedSegment(start, end, words),), following)

    def _weight(self) -> tuple[str, str, int]:
        return self.setup.device, self.setup.compute_type, self.setup.batch_size

    def _act(self, index: int) -> None:  # noqa: C901, PLR0912 - a list of ways to behave
        match self.setup.model:
            case "prints":
                print("printed by a library", flush=True)  # noqa: T201 - that is the point
                os.write(1, b"written to standard output\n")
            case "logs":
                log.warning("window %d", index)
                logging.getLogger("some.library").warning("truncated: %s", "what was said")
            case "breaks-in-words":
                log.error("it breaks", exc_info=ValueError("what was said"))
                raise Ours("what was said")
            case "litters":
                arrays = [bytearray(1 << 20) for _ in range(_LITTER_MIB)]
                del arrays
            case "hangs" if index == 2:
                time.sleep(3600)
            case "deaf":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(3600)
            case "dies" if index == 2:
                os.write(2, b"free(): invalid pointer\n")
                os.kill(os.getpid(), signal.SIGABRT)
            case "exits" if index == 2:
                os._exit(7)
            case "breaks" if index == 2:
                raise Ours("no such tensor")
            case "refuses":
                raise Invalid("This language is not mine.", field="language")
            case "busy":
                raise Busy("The device is taken.", retry_after_seconds=42)
            case "grows" if index == 2 and self._weight() != LIGHTEST:
                raise EngineOutOfMemory("no room")
            case "never-fits":
                raise MemoryError("std::bad_alloc")
            case "marks":
                Path(os.environ["FAKE_ENGINE_MARK"]).write_text(str(index))


class ToneSynthesizer:
    """A tone as long as the text, louder than full scale."""

    def __init__(self, setup: EngineSetup) -> None:
        self.setup = setup

    def synthesize(self, text: str, *, voice: str | None, speed: float, seed: int) -> Speech:
        if not text:
            raise Invalid("There is nothing to say.", field="text")
        return Speech(np.full(len(text) * 100, 1.5, dtype=np.float32), 22_050)
