"""The bare engines: the same model on the same file, with nothing around it.

Each measurement is a fresh process that loads the model, hears a clip to be warm, and then takes the
time from the file to the last word. `python -m benchmarks.bare` is that process.
"""

import json
import os
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from surtitle.config import Settings
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import WindowCursor
from surtitle.engines.host.memory import keep_freed_memory
from surtitle.engines.host.surroundings import engine_environment
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import EngineRegistry
from surtitle.engines.sound import SAMPLE_RATE_HZ, SoundFile
from surtitle.pipelines.transcription.selection import EngineSelector

_ROOT = Path(__file__).parents[1]
_BATCH = 8
"""What the README of faster-whisper shows for a CPU."""


class Side(StrEnum):
    """What stands in for the product."""

    ENGINE = "Surtitle's engine, bare"
    FASTER_WHISPER = "faster-whisper"
    BATCHED = "faster-whisper, batched"


HeardWord = tuple[str, float, float]
"""A word, when it begins and when it ends, in seconds."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a recording was heard to say, how long that took, and how long it took until the first text.

    `words` is empty for a side that was not asked for word times.
    """

    seconds: float
    first_seconds: float | None
    text: str
    words: list[HeardWord]


@dataclass(frozen=True, slots=True)
class Task:
    """What a measuring process has to do. `warm_up` is heard first, and not measured."""

    side: str
    model: str
    recording: str
    warm_up: str | None = None
    word_times: bool = False
    beam_size: int = 5


def task(
    side: Side,
    recording: Path,
    *,
    model: str,
    warm_up: Path | None = None,
    word_times: bool = False,
    beam_size: int = 5,
) -> Task:
    return Task(side.name, model, str(recording), str(warm_up) if warm_up else None, word_times, beam_size)


def command(wanted: Task) -> list[str]:
    return [sys.executable, "-m", "benchmarks.bare", json.dumps(asdict(wanted))]


def environment(side: Side) -> dict[str, str]:
    """The variables of a measuring process: ours has those that the product gives its engines' processes."""
    return engine_environment() if side is Side.ENGINE else dict(os.environ)


def hear(
    side: Side, recording: Path, *, model: str, warm_up: Path | None = None, word_times: bool = False
) -> Hearing:
    """`recording` heard by `side` in a process of its own, set as the product's worker would set it."""
    wanted = task(side, recording, model=model, warm_up=warm_up, word_times=word_times)
    done = subprocess.run(
        command(wanted), cwd=_ROOT, env=environment(side), stdout=subprocess.PIPE, check=True, text=True
    )
    return hearing(done.stdout)


def hearing(printed: str) -> Hearing:
    """What a measuring process printed last."""
    told: dict[str, Any] = json.loads(printed.splitlines()[-1])
    words = [(text, start, end) for text, start, end in told.pop("words")]
    return Hearing(**told, words=words)


def engine_setup(model: str) -> EngineSetup:
    """Model, number format, device and threads, settled by the product's own rules."""
    settings = Settings()
    registry = EngineRegistry(settings.engines.plugin)
    selector = EngineSelector(settings.engines, registry, ModelStore(settings), probe_hardware())
    return selector.select(TranscriptionOptions(model=model)).setup


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text in the order in which a side gives it."""

    text: str
    words: list[HeardWord]


_Transcribe = Callable[[Path], Iterator[_Piece]]


def main() -> None:
    wanted = Task(**json.loads(sys.argv[1]))
    transcribe = _SIDES[Side[wanted.side]](engine_setup(wanted.model), wanted)
    if wanted.warm_up:
        for _ in transcribe(Path(wanted.warm_up)):
            pass
    print(json.dumps(asdict(_measured(transcribe, Path(wanted.recording)))))


def _measured(transcribe: _Transcribe, recording: Path) -> Hearing:
    began, first = time.perf_counter(), None
    text, words = "", []
    for piece in transcribe(recording):
        if first is None and piece.text.strip():
            first = time.perf_counter() - began
        text += piece.text
        words += piece.words
    return Hearing(time.perf_counter() - began, first, text, words)


def _engine(setup: EngineSetup, wanted: Task) -> _Transcribe:
    """Decode with PyAV, then Surtitle's own engine; neither server nor job."""
    from surtitle.engines.builtin.whisper import WhisperTranscriber  # noqa: PLC0415 - only this side loads it

    keep_freed_memory()
    engine = WhisperTranscriber(setup)
    options = TranscriptionOptions(beam_size=wanted.beam_size)

    def transcribe(recording: Path) -> Iterator[_Piece]:
        with TemporaryDirectory() as folder:
            decoded = Path(folder) / "sound.wav"
            _decode(recording, decoded)
            with SoundFile(decoded) as sound:
                for window in engine.transcribe(sound, options, WindowCursor()):
                    words = [word for segment in window.segments for word in segment.words]
                    times = [(word.text, word.start_seconds, word.end_seconds) for word in words]
                    yield _Piece("".join(word.text for word in words), times)

    return transcribe


def _faster_whisper(setup: EngineSetup, wanted: Task) -> _Transcribe:
    """As its README shows it, on the same weights, number format and threads."""
    whisper = _whisper_model(setup)

    def transcribe(recording: Path) -> Iterator[_Piece]:
        segments, _ = whisper.transcribe(
            str(recording),
            beam_size=wanted.beam_size,
            vad_filter=True,
            word_timestamps=wanted.word_times,
        )
        yield from map(_piece, segments)

    return transcribe


def _batched(setup: EngineSetup, wanted: Task) -> _Transcribe:
    from faster_whisper import BatchedInferencePipeline  # noqa: PLC0415 - only this side loads it

    whisper: Any = BatchedInferencePipeline(_whisper_model(setup))

    def transcribe(recording: Path) -> Iterator[_Piece]:
        segments, _ = whisper.transcribe(
            str(recording),
            beam_size=wanted.beam_size,
            batch_size=_BATCH,
            word_timestamps=wanted.word_times,
        )
        yield from map(_piece, segments)

    return transcribe


def _whisper_model(setup: EngineSetup) -> Any:
    from faster_whisper import WhisperModel  # noqa: PLC0415 - only these sides load it

    return WhisperModel(
        str(setup.model_directory),
        device=setup.device,
        compute_type=setup.compute_type,
        cpu_threads=setup.threads,
    )


def _piece(segment: Any) -> _Piece:
    words = [(word.word, float(word.start), float(word.end)) for word in segment.words or ()]
    return _Piece(f"{segment.text} ", words)


_SIDES: dict[Side, Callable[[EngineSetup, Task], _Transcribe]] = {
    Side.ENGINE: _engine,
    Side.FASTER_WHISPER: _faster_whisper,
    Side.BATCHED: _batched,
}


def _decode(recording: Path, output: Path) -> None:
    import av  # noqa: PLC0415 - faster-whisper decodes by itself

    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
    with av.open(str(recording)) as container, wave.open(str(output), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        # The last None asks for what the resampler still holds.
        for frame in chain(container.decode(audio=0), [None]):
            for piece in resampler.resample(frame):
                file.writeframes(piece.to_ndarray().tobytes())


if __name__ == "__main__":
    main()
