"""pyannote.audio 4 and torch as far as the engine `pyannote` touches them, without weights.

Signatures, the order in which the hook is called and the fields of the answer are those of
`pyannote.audio.Pipeline` and `pyannote.audio.pipelines.SpeakerDiarization` 4.0.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray
from pyannote.core import Annotation, Segment

GATED = "pyannote/gated"
"""A pipeline whose conditions nobody has accepted."""

LEGACY = "pyannote/legacy"
"""A pipeline whose configuration asks for the `Annotation` alone."""


@dataclass
class DiarizeOutput:
    """As `pyannote.audio.pipelines.speaker_diarization.DiarizeOutput`."""

    speaker_diarization: Annotation
    exclusive_speaker_diarization: Annotation
    speaker_embeddings: NDArray[np.float32] | None = None


@dataclass
class StubPipeline:
    """Two people: one in the first half of the sound, the other in the second, both in the middle tenth."""

    checkpoint: str
    device: str = ""
    asked: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_pretrained(cls, checkpoint: str | Path) -> Self | None:
        if checkpoint == GATED:
            return None
        if Path(checkpoint).is_absolute() and not (Path(checkpoint) / "config.yaml").is_file():
            raise FileNotFoundError(f"{checkpoint}/config.yaml")
        return cls(str(checkpoint))

    def to(self, device: str) -> Self:
        self.device = device
        return self

    def __call__(self, file: Mapping[str, Any], preload: bool = False, **kwargs: Any) -> Any:
        if file["waveform"].ndim != 2 or file["waveform"].shape[0] > file["waveform"].shape[1]:
            raise ValueError("'waveform' must be provided as a (channel, time) torch Tensor.")
        return self.apply({"uri": "waveform", **file}, **kwargs)

    def apply(
        self,
        file: Mapping[str, Any],
        num_speakers: int | None = None,
        min_speakers: int | None = None,
        max_speakers: int | None = None,
        hook: Callable[..., None] | None = None,
    ) -> DiarizeOutput | Annotation:
        self.asked = {"file": file, "speakers": (num_speakers, min_speakers, max_speakers)}
        assert hook is not None
        _work(partial(hook, file=file))
        annotation, rows = _heard(file["waveform"].shape[1] / file["sample_rate"])
        if self.checkpoint == LEGACY:
            return annotation
        return DiarizeOutput(annotation, annotation, rows)


def _work(hook: Callable[..., None]) -> None:
    """As told while a short recording is heard."""
    for completed in (0, 32, 64, 70):
        hook("segmentation", None, total=70, completed=completed)
    hook("segmentation", np.zeros((70, 589, 3)))
    hook("speaker_counting", np.zeros((3000, 1)))
    for completed in (0, 1, 2, 3, 4):
        hook("embeddings", None if completed == 0 else np.zeros((32, 256)), total=4, completed=completed)
    hook("embeddings", np.zeros((70, 3, 256)))
    hook("discrete_diarization", np.zeros((3000, 2)))


def _heard(seconds: float) -> tuple[Annotation, NDArray[np.float32]]:
    annotation = Annotation(uri="waveform")
    annotation[Segment(0.0, 0.55 * seconds), "A"] = "SPEAKER_01"
    annotation[Segment(0.45 * seconds, seconds), "B"] = "SPEAKER_00"
    # In the order of the labels; who is never heard alone has no numbers.
    return annotation, np.array([[np.nan, np.nan], [3.0, 4.0]], dtype=np.float32)


def install(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Put the stubs where the engine imports them from, until the test ends. Gives what they are told."""
    told: dict[str, Any] = {}
    torch, audio, telemetry = (ModuleType(n) for n in ("torch", "pyannote.audio", "pyannote.audio.telemetry"))
    # An array is all of a tensor that the pipeline above looks at.
    vars(torch).update(
        from_numpy=np.asarray, device=str, set_num_threads=lambda count: told.update(threads=count)
    )
    vars(audio).update(Pipeline=StubPipeline, telemetry=telemetry)
    vars(telemetry).update(set_telemetry_metrics=lambda enabled: told.update(telemetry=enabled))
    for module in (torch, audio, telemetry):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return told
