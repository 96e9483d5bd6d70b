"""What pyannote answers, with its own types, as a diarization of ours."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from pyannote.core import Annotation, Segment

from surtitle.engines.builtin.pyannote_diarizer import diarization_of


@dataclass
class Output:
    """As `pyannote.audio.pipelines.speaker_diarization.DiarizeOutput`."""

    speaker_diarization: Annotation
    speaker_embeddings: NDArray[np.float32] | None


def annotated(*turns: tuple[float, float, str]) -> Annotation:
    annotation = Annotation()
    for number, (start, end, label) in enumerate(turns):
        annotation[Segment(start, end), number] = label
    return annotation


def test_speakers_are_numbered_as_they_are_heard_and_overlap_is_kept() -> None:
    found = diarization_of(annotated((4.0, 6.0, "A"), (0.5, 5.0, "B")), 10.0, "3.1")
    assert [(turn.speaker, turn.start_seconds, turn.end_seconds) for turn in found.turns] == [
        ("speaker_1", 0.5, 5.0),
        ("speaker_2", 4.0, 6.0),
    ]
    assert [(voice.speaker, voice.speech_seconds, voice.embedding) for voice in found.voices] == [
        ("speaker_1", 4.5, None),
        ("speaker_2", 2.0, None),
    ]


def test_turns_of_one_speaker_never_overlap_and_end_with_the_sound() -> None:
    found = diarization_of(annotated((0.0, 2.0, "A"), (1.5, 11.0, "A")), 10.0, "3.1")
    assert [(turn.start_seconds, turn.end_seconds) for turn in found.turns] == [(0.0, 10.0)]


def test_voices_go_to_the_speakers_that_they_are_of() -> None:
    # Rows are in the order of the labels, which is not that of the turns.
    turns = annotated((0.0, 1.0, "SPEAKER_01"), (2.0, 3.0, "SPEAKER_00"), (4.0, 5.0, "SPEAKER_02"))
    rows = np.array([[3, 4], [0, 2], [np.nan, 1]], dtype=np.float32)
    found = diarization_of(Output(turns, rows), 10.0, "community-1")
    voices = {voice.speaker: voice.embedding for voice in found.voices}
    assert voices["speaker_1"] == (0.0, 1.0)
    assert voices["speaker_2"] == pytest.approx((0.6, 0.8))
    assert voices["speaker_3"] is None
    assert {voice.encoder for voice in found.voices} == {"pyannote:community-1", None}


def test_nobody_gives_no_turns() -> None:
    found = diarization_of(annotated(), 3.0, "3.1")
    assert (found.turns, found.voices, found.duration_seconds) == ((), (), 3.0)
