"""Diarization by a pipeline of pyannote.audio, community-1 or 3.1, to which the user has access."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surtitle.domain.options import DiarizationOptions
from surtitle.domain.speakers import Diarization, SpeakerTurn, SpeakerVoice
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples, SoundFile
from surtitle.errors import Invalid, Unavailable

ENGINE = "pyannote"

# Shares of the whole at the beginning and at the end of a step, measured by pyannote's own progress on a CPU.
# What it tells of besides takes no time.
_STEPS = {"segmentation": (0.0, 0.3), "embeddings": (0.3, 0.95)}
_SAMPLES_AT_ONCE = 60 * SAMPLE_RATE_HZ
Labelled = tuple[float, float, str]


class PyannoteDiarizer:
    """The engine `pyannote`. Built as `Diarizer(setup)`; `setup.model` is a name of the hub or a folder.

    pyannote takes the whole sound into memory: 230 MB an hour.
    """

    def __init__(self, setup: EngineSetup) -> None:
        import torch  # noqa: PLC0415 - the extra `pyannote`, child only
        from pyannote.audio import Pipeline  # noqa: PLC0415 - as above
        from pyannote.audio.telemetry import set_telemetry_metrics  # noqa: PLC0415 - as above

        # It would tell its makers of each recording: how long it is and how many speak.
        set_telemetry_metrics(False)
        self._encoder = f"{ENGINE}:{Path(setup.model).name}"
        self._pipeline = _loaded(Pipeline, setup.model)
        self._pipeline.to(torch.device(setup.device))
        if setup.device == "cpu":
            torch.set_num_threads(setup.threads)

    def diarize(
        self, sound: SoundFile, options: DiarizationOptions, on_progress: Callable[[float], None]
    ) -> Diarization:
        import torch  # noqa: PLC0415 - loaded with the pipeline

        if options.channels == "separate":
            raise Invalid("The engine 'pyannote' hears mixed channels only.", field="channels")
        if sound.sample_count == 0:
            return Diarization(0.0, engine=ENGINE)
        found = self._pipeline(
            {"waveform": torch.from_numpy(_whole(sound))[None], "sample_rate": SAMPLE_RATE_HZ},
            num_speakers=options.speakers,
            min_speakers=options.min_speakers,
            max_speakers=options.max_speakers,
            hook=_Hook(on_progress),
        )
        on_progress(1.0)
        return diarization_of(found, sound.duration_seconds, self._encoder)


def _whole(sound: SoundFile) -> Samples:
    """Piece by piece: read at once, its bytes and a copy would be in memory beside it."""
    samples = np.empty(sound.sample_count, dtype=np.float32)
    for start in range(0, samples.size, _SAMPLES_AT_ONCE):
        samples[start : start + _SAMPLES_AT_ONCE] = sound.read(start, _SAMPLES_AT_ONCE)
    return samples


def diarization_of(found: Any, duration_seconds: float, encoder: str) -> Diarization:
    """What a pipeline answers, a `DiarizeOutput` or, made with `legacy`, the `Annotation` alone, as ours."""
    annotation = getattr(found, "speaker_diarization", found).support()
    labelled = [
        (max(0.0, segment.start), min(segment.end, duration_seconds), str(label))
        for segment, _, label in annotation.itertracks(yield_label=True)
    ]
    names = _numbered(labelled)
    turns = tuple(SpeakerTurn(start, end, names[label]) for start, end, label in sorted(labelled))
    rows = getattr(found, "speaker_embeddings", None)
    embeddings = dict(zip(map(str, annotation.labels()), [] if rows is None else rows, strict=False))
    voices = (_voice(name, turns, embeddings.get(label), encoder) for label, name in names.items())
    return Diarization(duration_seconds, turns, tuple(voices), engine=ENGINE)


def _numbered(labelled: Iterable[Labelled]) -> dict[str, str]:
    """`speaker_1` is who is heard first."""
    in_order = dict.fromkeys(label for _, _, label in sorted(labelled))
    return {label: f"speaker_{number}" for number, label in enumerate(in_order, start=1)}


def _voice(
    speaker: str, turns: Iterable[SpeakerTurn], embedding: NDArray[np.float32] | None, encoder: str
) -> SpeakerVoice:
    seconds = sum(turn.seconds for turn in turns if turn.speaker == speaker)
    length = 0.0 if embedding is None else float(np.linalg.norm(embedding))
    # Of who never speaks alone pyannote gives a row of nought or of no numbers.
    if embedding is None or not np.isfinite(length) or length == 0.0:
        return SpeakerVoice(speaker, seconds)
    return SpeakerVoice(speaker, seconds, encoder, tuple((embedding / length).tolist()))


class _Hook:
    """Told by the pipeline after each batch of a step, and once when the step is done. Never tells less than
    before.
    """

    def __init__(self, on_progress: Callable[[float], None]) -> None:
        self._on_progress = on_progress
        self._told = 0.0

    def __call__(
        self,
        step: str,
        _artifact: object,
        file: object = None,
        total: int | None = None,
        completed: int | None = None,
    ) -> None:
        if step not in _STEPS:
            return
        begin, end = _STEPS[step]
        # The last batch counts as a full one.
        done = min(1.0, completed / total) if completed is not None and total else 1.0
        self._told = max(self._told, begin + (end - begin) * done)
        self._on_progress(self._told)


def _loaded(pipeline: Any, model: str) -> Any:
    try:
        loaded = pipeline.from_pretrained(model)
    except (OSError, ValueError) as error:
        raise _no_access(model, type(error).__name__) from error
    if loaded is None:
        raise _no_access(model, "no access")
    return loaded


def _no_access(model: str, why: str) -> Unavailable:
    # Whose meeting it is need not know where folders of this machine lie.
    shown = Path(model).name if Path(model).is_absolute() else model
    return Unavailable(
        f"The pipeline {shown} cannot be loaded ({why}). Accept its conditions on the hub with an account of "
        "yours and set HF_TOKEN, or set SURTITLE_ENGINES__DIARIZATION_MODEL to a folder that holds it. "
        "The engine 'local' needs neither."
    )
