"""The bare engines: the same model on the same file, with nothing around it.

Each measurement is a fresh process that loads the model, hears a clip to be warm, and then takes the
time from the file to the last word. `python -m benchmarks.bare` is that process.
"""

import json
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from surtitle.config import Settings
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import WindowCursor
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import EngineRegistry
from surtitle.engines.sound import SAMPLE_RATE_HZ, SoundFile
from surtitle.pipelines.transcription.selection import EngineSelector

_ROOT = Path(__file__).parents[1]


class Side(StrEnum):
    """What stands in for the product."""

    ENGINE = "bare engine"
    FASTER_WHISPER = "faster-whisper"


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a recording was heard to say, and how long that took."""

    seconds: float
    text: str


def hear(side: Side, recording: Path, *, model: str, warm_up: Path | None = None) -> Hearing:
    """`recording` heard by `side` in a process of its own, set as the product's worker would set it."""
    heard = [str(path) for path in (warm_up, recording) if path]
    command = [sys.executable, "-m", "benchmarks.bare", side.name, model, *heard]
    done = subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return Hearing(**json.loads(done.stdout.splitlines()[-1]))


def engine_setup(model: str) -> EngineSetup:
    """Model, number format, device and threads, settled by the product's own rules."""
    settings = Settings()
    registry = EngineRegistry(settings.engines.plugin)
    selector = EngineSelector(settings.engines, registry, ModelStore(settings), probe_hardware())
    return selector.select(TranscriptionOptions(model=model)).setup


def main() -> None:
    side, model, *warm_up, recording = sys.argv[1:]
    transcribe = _SIDES[Side[side]](engine_setup(model))
    for path in warm_up:
        transcribe(Path(path))
    began = time.perf_counter()
    text = transcribe(Path(recording))
    print(json.dumps({"seconds": time.perf_counter() - began, "text": text}))


def _engine(setup: EngineSetup) -> Callable[[Path], str]:
    """Decode with PyAV, then Surtitle's own engine; neither server nor job."""
    from surtitle.engines.builtin.whisper import WhisperTranscriber  # noqa: PLC0415 - only this side loads it

    engine = WhisperTranscriber(setup)

    def transcribe(recording: Path) -> str:
        with TemporaryDirectory() as folder:
            decoded = Path(folder) / "sound.wav"
            _decode(recording, decoded)
            with SoundFile(decoded) as sound:
                windows = list(engine.transcribe(sound, TranscriptionOptions(), WindowCursor()))
        words = (word.text for window in windows for segment in window.segments for word in segment.words)
        return "".join(words)

    return transcribe


def _faster_whisper(setup: EngineSetup) -> Callable[[Path], str]:
    """As its README shows it, on the same weights, number format and threads."""
    from faster_whisper import WhisperModel  # noqa: PLC0415 - only this side loads it

    whisper: Any = WhisperModel(
        str(setup.model_directory),
        device=setup.device,
        compute_type=setup.compute_type,
        cpu_threads=setup.threads,
    )

    def transcribe(recording: Path) -> str:
        segments, _ = whisper.transcribe(str(recording), beam_size=5, vad_filter=True)
        return " ".join(segment.text for segment in segments)

    return transcribe


_SIDES: dict[Side, Callable[[EngineSetup], Callable[[Path], str]]] = {
    Side.ENGINE: _engine,
    Side.FASTER_WHISPER: _faster_whisper,
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
