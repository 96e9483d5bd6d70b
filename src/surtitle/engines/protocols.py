"""What an engine promises, one protocol a capability.

Engines are plain synchronous code. They run in the engine host's child process, hold one model,
and know nothing of jobs, databases or the web.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, Window, WindowCursor
from surtitle.engines.sound import Samples, SoundFile


@dataclass(frozen=True, slots=True)
class EngineSetup:
    """How an engine is to be built. Two equal setups can share one resident engine.

    `model_directory` is a checked folder of the model store, None for engines without weights.
    `compute_type` and `device` are settled: never "auto". `threads` is at least 1.
    `batch_size` is how many windows may be decoded at once.
    """

    engine: str
    model: str
    model_directory: Path | None
    device: str
    compute_type: str
    threads: int
    batch_size: int = 1


class Transcriber(Protocol):
    """Turns sound into words.

    Built as `Transcriber(setup: EngineSetup)`; may raise `errors.Unavailable`.
    """

    def transcribe(
        self, sound: SoundFile, options: TranscriptionOptions, start: WindowCursor
    ) -> Iterator[RecognizedWindow]:
        """Windows in order from `start` to the end of `sound`.

        Each window is settled when it is yielded. Starting again at the `next` of any window gives the
        same windows that an undisturbed run would have given from there on. The last window
        ends at the end of the sound; silence gives windows without segments.

        Raises `errors.Invalid` for options that this engine cannot follow, and `EngineOutOfMemory`
        when the device has no room (the host then tries a lighter setup from the last window).
        """
        ...


class DivisibleTranscriber(Transcriber, Protocol):
    """A transcriber that knows its windows before it decodes them, so that many workers can share one
    recording. `transcribe` is then `transcribe_windows` of all that `outline` gives.
    """

    def outline(self, sound: SoundFile, options: TranscriptionOptions, start: int) -> Iterator[Window]:
        """The windows from sample `start`, which is 0 or the end of a window, to the end of `sound`."""
        ...

    def transcribe_windows(
        self,
        sound: SoundFile,
        options: TranscriptionOptions,
        start: WindowCursor,
        windows: Sequence[Window],
    ) -> Iterator[RecognizedWindow]:
        """What is heard in some windows that follow each other, the first of them at `start`.

        Reads no sound but that of these windows. Raises as `transcribe` does.
        """
        ...


@dataclass(frozen=True, slots=True)
class Speech:
    """Spoken text: float32 mono, shape `(samples,)`, at `sample_rate_hz`."""

    samples: Samples
    sample_rate_hz: int


class Synthesizer(Protocol):
    """Speaks text. Built as `Synthesizer(setup: EngineSetup)`."""

    def synthesize(self, text: str, *, voice: str | None, speed: float, seed: int) -> Speech:
        """`text` spoken. The same arguments give the same samples.

        `voice` None is the engine's default; `speed` 1.0 is natural, 0.5 to 2.0 allowed.
        Raises `errors.Invalid` for an unknown voice or a text with nothing to say.
        """
        ...


class EngineOutOfMemory(MemoryError):
    """The device has no room for this setup; a lighter one may fit."""
