"""Where meetings run: by what their engines ask of a worker. Films have a file of their own."""

import pytest

from surtitle.config import EngineSettings, JobSettings, Settings
from surtitle.domain.options import DiarizationOptions, MeetingJobOptions
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.jobs.placement import Place
from surtitle.pipelines.placement import JobPlacement
from surtitle.pipelines.transcription.selection import EngineSelector


def place(diarization: DiarizationOptions, *, listens: bool, engines: EngineSettings) -> Place:
    registry = EngineRegistry()
    store = ModelStore(Settings(_env_file=None))
    selector = EngineSelector(engines, registry, store, probe_hardware(0))
    placement = JobPlacement(selector, JobSettings(), registry, engines=engines)
    return placement(MeetingJobOptions(diarization=diarization), listens)


@pytest.mark.parametrize(
    ("diarizer", "transcriber", "listens", "needs"),
    [
        ("local", "whisper", False, ""),
        ("local", "whisper", True, "whisper"),
        ("pyannote", "whisper", False, "pyannote"),
        # It holds a GPU already.
        ("pyannote", "whisper", True, "whisper"),
        ("pyannote", "dummy", True, "pyannote"),
    ],
)
def test_a_meeting_waits_for_a_gpu_where_its_voices_are_told_apart_on_one(
    diarizer: str, transcriber: str, needs: str, *, listens: bool
) -> None:
    by_job = place(
        DiarizationOptions(engine=diarizer), listens=listens, engines=EngineSettings(transcriber=transcriber)
    )
    by_setting = place(
        DiarizationOptions(),
        listens=listens,
        engines=EngineSettings(transcriber=transcriber, diarizer=diarizer),
    )
    assert by_job == by_setting
    assert (by_job.queue, by_job.needs.engine) == ("cpu", needs)


def test_a_meeting_whose_voices_are_not_told_apart_needs_nothing_for_that() -> None:
    off = place(DiarizationOptions(enabled=False), listens=False, engines=EngineSettings(diarizer="pyannote"))
    assert off == Place()
