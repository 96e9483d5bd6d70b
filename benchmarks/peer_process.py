"""One recording heard by a peer. Runs in the peer's own environment: nothing of ours can be imported here."""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_BATCH = 8


@dataclass(frozen=True, slots=True)
class PeerTask:
    """Which peer hears what, and how it is set. `warm_up` is heard first, and not measured.

    `ffmpeg` is a program that peers expect on the path.
    """

    peer: str
    model_directory: str
    device: str
    compute_type: str
    threads: int
    recording: str
    warm_up: str
    ffmpeg: str


def main() -> None:
    task = PeerTask(**json.loads(sys.argv[1]))
    with TemporaryDirectory() as folder:
        (Path(folder) / "ffmpeg").symlink_to(task.ffmpeg)
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
        transcribe = _PEERS[task.peer](task)
        transcribe(task.warm_up)
        began = time.perf_counter()
        text, words = transcribe(task.recording)
        seconds = time.perf_counter() - began
    # A line of its own, the last one: peers print as they go.
    told = {"seconds": seconds, "first_seconds": None, "text": text, "words": words}
    print(f"\n{json.dumps(told)}")


_Found = tuple[str, list[tuple[str, float, float]]]


def _whisperx(task: PeerTask) -> Callable[[str], _Found]:
    """Its own speech detector and batches. Its word times need weights that come from the network only."""
    import whisperx  # type: ignore[import-not-found]  # noqa: PLC0415 - only its own environment has it

    model = whisperx.load_model(
        task.model_directory, task.device, compute_type=task.compute_type, threads=task.threads
    )

    def transcribe(recording: str) -> _Found:
        found = model.transcribe(whisperx.load_audio(recording), batch_size=_BATCH)
        return " ".join(segment["text"] for segment in found["segments"]), []

    return transcribe


def _stable_ts(task: PeerTask) -> Callable[[str], _Found]:
    """Its word times over faster-whisper's."""
    import stable_whisper  # type: ignore[import-not-found]  # noqa: PLC0415 - only its own environment has it

    model: Any = stable_whisper.load_faster_whisper(
        task.model_directory,
        device=task.device,
        compute_type=task.compute_type,
        cpu_threads=task.threads,
    )

    def transcribe(recording: str) -> _Found:
        found = model.transcribe(recording, beam_size=5, verbose=None)
        return found.text, [(word.word, float(word.start), float(word.end)) for word in found.all_words()]

    return transcribe


_PEERS: dict[str, Callable[[PeerTask], Callable[[str], _Found]]] = {
    "whisperx": _whisperx,
    "stable-ts": _stable_ts,
}


if __name__ == "__main__":
    main()
