"""The engine `pyannote` over a stub with pyannote's own interface and types."""

from pathlib import Path

import numpy as np
import pytest
from pyannote.core import Annotation, Segment
from tests.engines.conftest import write_sound
from tests.fakes.stub_pyannote import GATED, LEGACY, DiarizeOutput, install

from surtitle.domain.options import DiarizationOptions
from surtitle.engines.builtin.pyannote_diarizer import PyannoteDiarizer, diarization_of
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ, SoundFile
from surtitle.errors import Invalid, Unavailable

COMMUNITY = "pyannote/speaker-diarization-community-1"


def annotated(*turns: tuple[float, float, str]) -> Annotation:
    annotation = Annotation()
    for number, (start, end, label) in enumerate(turns):
        annotation[Segment(start, end), number] = label
    return annotation


def test_speakers_are_numbered_as_they_are_heard_and_overlap_is_kept() -> None:
    found = diarization_of(annotated((4.0, 6.0, "A"), (0.5, 5.0, "B")), 10.0, "pyannote:3.1")
    assert [(turn.speaker, turn.start_seconds, turn.end_seconds) for turn in found.turns] == [
        ("speaker_1", 0.5, 5.0),
        ("speaker_2", 4.0, 6.0),
    ]
    assert [(voice.speaker, voice.speech_seconds, voice.embedding) for voice in found.voices] == [
        ("speaker_1", 4.5, None),
        ("speaker_2", 2.0, None),
    ]


def test_turns_of_one_speaker_never_overlap_and_end_with_the_sound() -> None:
    found = diarization_of(annotated((0.0, 2.0, "A"), (1.5, 11.0, "A")), 10.0, "pyannote:3.1")
    assert [(turn.start_seconds, turn.end_seconds) for turn in found.turns] == [(0.0, 10.0)]


def test_voices_go_to_the_speakers_that_they_are_of() -> None:
    # Rows are in the order of the labels, which is not that of the turns.
    turns = annotated((0.0, 1.0, "SPEAKER_01"), (2.0, 3.0, "SPEAKER_00"), (4.0, 5.0, "SPEAKER_02"))
    rows = np.array([[3, 4], [0, 2], [np.nan, 1]], dtype=np.float32)
    found = diarization_of(DiarizeOutput(turns, turns, rows), 10.0, "pyannote:community-1")
    voices = {voice.speaker: voice.embedding for voice in found.voices}
    assert voices["speaker_1"] == (0.0, 1.0)
    assert voices["speaker_2"] == pytest.approx((0.6, 0.8))
    assert voices["speaker_3"] is None
    assert {voice.encoder for voice in found.voices} == {"pyannote:community-1", None}


def test_nobody_gives_no_turns() -> None:
    found = diarization_of(annotated(), 3.0, "pyannote:3.1")
    assert (found.turns, found.voices, found.duration_seconds) == ((), (), 3.0)


def diarizer(model: str = COMMUNITY) -> PyannoteDiarizer:
    return PyannoteDiarizer(EngineSetup("pyannote", model, None, "cpu", "float32", 3))


@pytest.fixture
def minutes(tmp_path: Path) -> Path:
    """More than is read at once."""
    ramp = np.linspace(-0.5, 0.5, round(150.5 * SAMPLE_RATE_HZ), dtype=np.float32)
    return write_sound(tmp_path / "minutes.wav", ramp)


def test_a_recording_goes_through_the_pipeline(minutes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = install(monkeypatch)
    engine = diarizer()
    with SoundFile(minutes) as sound:
        found = engine.diarize(sound, DiarizationOptions(min_speakers=2, max_speakers=4), lambda _: None)
        whole = sound.read(0, sound.sample_count)
    assert told == {"telemetry": False, "threads": 3}
    asked = engine._pipeline.asked
    assert asked["speakers"] == (None, 2, 4)
    assert asked["file"]["sample_rate"] == SAMPLE_RATE_HZ
    assert np.array_equal(asked["file"]["waveform"], whole[None])
    assert (found.engine, found.duration_seconds) == ("pyannote", 150.5)
    assert [(turn.speaker, turn.start_seconds) for turn in found.turns] == [
        ("speaker_1", 0.0),
        ("speaker_2", pytest.approx(67.725)),
    ]
    assert [(voice.encoder, voice.embedding) for voice in found.voices] == [
        ("pyannote:speaker-diarization-community-1", pytest.approx((0.6, 0.8))),
        (None, None),
    ]


def test_a_pipeline_that_answers_turns_alone_is_understood(
    minutes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    with SoundFile(minutes) as sound:
        found = diarizer(LEGACY).diarize(sound, DiarizationOptions(speakers=2), lambda _: None)
    assert found.speakers == ("speaker_1", "speaker_2")
    assert {voice.embedding for voice in found.voices} == {None}


def test_progress_never_falls_back(minutes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    told: list[float] = []
    with SoundFile(minutes) as sound:
        diarizer().diarize(sound, DiarizationOptions(), told.append)
    assert told == sorted(told)
    assert told[-2:] == [pytest.approx(0.95), 1.0]
    assert any(0.3 < fraction < 0.9 for fraction in told)


def test_where_a_pipeline_lies_is_told_to_nobody(
    minutes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    folder = tmp_path / "secret" / "our-pipeline"
    with pytest.raises(Unavailable, match=r"our-pipeline cannot be loaded \(FileNotFoundError\)") as refused:
        diarizer(str(folder))
    assert "secret" not in refused.value.message
    folder.mkdir(parents=True)
    (folder / "config.yaml").touch()
    with SoundFile(minutes) as sound:
        found = diarizer(str(folder)).diarize(sound, DiarizationOptions(), lambda _: None)
    assert found.voices[0].encoder == "pyannote:our-pipeline"
    assert "secret" not in repr(found)


def test_what_it_cannot_do_is_said(minutes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    with pytest.raises(Unavailable, match="Accept its conditions"):
        diarizer(GATED)
    with SoundFile(minutes) as sound, pytest.raises(Invalid, match="mixed channels only"):
        diarizer().diarize(sound, DiarizationOptions(channels="separate"), lambda _: None)
    with SoundFile(write_sound(tmp_path / "empty.wav", np.zeros(0, dtype=np.float32))) as nothing:
        assert diarizer().diarize(nothing, DiarizationOptions(), lambda _: None).turns == ()
