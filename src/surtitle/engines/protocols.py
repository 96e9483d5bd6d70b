"""What an engine promises, one protocol a capability.

Engines are plain synchronous code. They run in the engine host's child process, hold one model,
and know nothing of jobs, databases or the web.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from surtitle.domain.films import FilmRequest
from surtitle.domain.options import DiarizationOptions, TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, Window, WindowCursor
from surtitle.domain.speakers import Diarization
from surtitle.domain.transcript import Stretch
from surtitle.engines.sound import Samples, SoundFile


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server that computes for an engine; address and key are shown nowhere."""

    url: str = field(repr=False)
    api_key: str | None = field(default=None, repr=False)
    timeout_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a diffusion model is stepped through; None: as suits the model."""

    steps: int | None = None
    guidance: float | None = None


@dataclass(frozen=True, slots=True)
class EngineSetup:
    """How an engine is to be built. Two equal setups can share one resident engine.

    `model_directory` is a checked folder of the model store, None for engines without weights;
    `companions` are those of the further models that its spec names, in that order.
    `compute_type` and `device` are settled: never "auto". `threads` is at least 1.
    `batch_size` is how many windows may be decoded at once. `ffmpeg` is the one that the installation names,
    None: the one installed with us.
    """

    engine: str
    model: str
    model_directory: Path | None
    device: str
    compute_type: str
    threads: int
    batch_size: int = 1
    companions: tuple[Path, ...] = ()
    endpoint: Endpoint | None = None
    sampling: Sampling = Sampling()
    ffmpeg: Path | None = None


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


WordTimes = tuple[tuple[float, float], ...]
"""Start and end of words, in seconds."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Spoken text: float32 mono, shape `(samples,)`, at `sample_rate_hz`.

    `word_times` are those of the blank-separated words of the text, where the engine knows them.
    """

    samples: Samples
    sample_rate_hz: int
    word_times: WordTimes | None = None


class Synthesizer(Protocol):
    """Speaks text. Built as `Synthesizer(setup: EngineSetup)`."""

    def synthesize(self, text: str, *, voice: str | None, speed: float, seed: int) -> Speech:
        """`text` spoken. The same arguments give the same samples.

        `voice` None is the engine's default; `speed` 1.0 is natural, 0.5 to 2.0 allowed.
        Raises `errors.Invalid` for an unknown voice or a text with nothing to say.
        """
        ...


class Diarizer(Protocol):
    """Tells voices apart. Built as `Diarizer(setup: EngineSetup)`."""

    def diarize(
        self, sound: SoundFile, options: DiarizationOptions, on_progress: Callable[[float], None]
    ) -> Diarization:
        """Who speaks when in `sound`; nobody gives no turns. The same sound gives the same turns.

        `on_progress` hears how far it is, 0..1. Memory does not grow with the length of the sound beyond
        what the turns take. Raises `errors.Invalid` for options that this engine cannot follow.
        """
        ...


class VoiceEncoder(Protocol):
    """Turns a voice into numbers that are alike for one person and differ between people.

    Built as `VoiceEncoder(setup: EngineSetup)`.
    """

    encoder: str
    """Which numbers these are, for example `campplus-192`; only those of one encoder can be compared."""

    def encode(self, sound: SoundFile, stretches: Sequence[Stretch]) -> NDArray[np.float32] | None:
        """The voice heard in `stretches` together, shape `(values,)`, of unit length; None where they are
        too short to tell.
        """
        ...


class TextEmbedder(Protocol):
    """Turns texts into numbers that are near for texts of like meaning. Built as `TextEmbedder(setup)`."""

    embedder: str
    """Which numbers these are, for example `minilm-l6-384`."""

    def embed(self, texts: Sequence[str], *, is_query: bool) -> NDArray[np.float32]:
        """Shape `(len(texts), values)`, rows of unit length; a text that is too long counts by its beginning.

        `is_query`: the texts are questions, which some models mark.
        """
        ...


class FilmControl(Protocol):
    """What an engine tells while it draws, and asks."""

    def progress(self, fraction: float, *, frames_per_second: float | None = None) -> None:
        """How far it is, 0..1, and how many frames it draws in a second."""
        ...

    def is_cancelled(self) -> bool:
        """Whether to stop: then `generate` cleans up and raises `EngineCancelled`."""
        ...

    @property
    def checkpoint(self) -> Mapping[str, Any] | None:
        """What was last saved for this job, by this process or one that died; None at first."""
        ...

    def save(self, checkpoint: Mapping[str, Any]) -> None:
        """Remember it. When this returns, it survives the death of every process of ours."""
        ...


@dataclass(frozen=True, slots=True)
class CalledOff:
    """What became of what an engine had begun on a server.

    `checkpoint` is what a later run of the film goes on from, `told` sentences about what it may cost.
    `is_complete` False: the server could not be told of everything, and is to be asked again.
    """

    checkpoint: Mapping[str, Any]
    told: tuple[str, ...] = ()
    is_complete: bool = True


CallOff = Callable[[Endpoint, Mapping[str, Any]], CalledOff]
"""Ends what the last checkpoint of an unwanted film names. May be called twice. A run that goes on from there
finds `called_off` in its checkpoint: what it names may be gone. Raises `errors.Unavailable`."""


class VideoEngine(Protocol):
    """Draws films. Built as `VideoEngine(setup: EngineSetup)`.

    Its `EngineSpec.film_rules` ("package.module:RULES", cheap to import) are its `domain.films.FilmRules`: by
    them wishes are refused or fitted before any work starts.
    """

    def generate(self, request: FilmRequest, output: Path, control: FilmControl) -> Sequence[str]:
        """Write the picture as H.264 in MP4 at `output`, whole or not at all; sentences that the user is to
        know. The same request gives the same frames where the engine computes on the CPU.

        Raises `errors.Invalid` for a request that cannot be drawn, `EngineCancelled`, `errors.Unavailable`
        when a server is away for now.
        """
        ...


class EngineCancelled(Exception):
    """The work was asked to stop, and has."""


class EngineOutOfMemory(MemoryError):
    """The device has no room for this setup; a lighter one may fit."""
