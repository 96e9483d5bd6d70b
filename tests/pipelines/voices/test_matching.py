from uuid import UUID

import numpy as np
import pytest

from surtitle.domain.speakers import Diarization, SpeakerTurn, SpeakerVoice
from surtitle.pipelines.voices.matching import Certainty, Known, identified, mean_of

ENCODER = "toy-3"
SURE = Certainty(threshold=0.6, margin=0.05)


def known(number: int, name: str, *values: float, encoder: str = ENCODER) -> Known:
    vector = np.asarray(values, dtype=np.float32)
    return Known(UUID(int=number), name, encoder, vector / np.linalg.norm(vector))


def heard(speaker: str, *values: float, seconds: float = 9.0) -> SpeakerVoice:
    vector = np.asarray(values) / np.linalg.norm(values)
    return SpeakerVoice(speaker, seconds, ENCODER, tuple(vector.tolist()))


def names(
    voices: list[SpeakerVoice], people: list[Known], turns: tuple[SpeakerTurn, ...] = ()
) -> dict[str, str | None]:
    found = identified(Diarization(60.0, turns, tuple(voices)), people, SURE)
    return {one.speaker: one.name for one in found.speakers}


ANA = known(1, "Ana", 1, 0, 0)
BEN = known(2, "Ben", 0, 1, 0)


def test_a_known_voice_gets_its_name_and_a_stranger_none() -> None:
    voices = [heard("speaker_1", 0.1, 1, 0.1), heard("speaker_2", 0.2, 0.2, 1), heard("speaker_3", 1, 0.1, 0)]
    assert names(voices, [ANA, BEN]) == {"speaker_1": "Ben", "speaker_2": None, "speaker_3": "Ana"}


def test_between_two_like_voices_it_would_rather_say_nobody() -> None:
    twin = known(3, "Ana's sister", 1, 0.05, 0)
    assert names([heard("speaker_1", 1, 0.02, 0)], [ANA, twin]) == {"speaker_1": None}
    assert names([heard("speaker_1", 1, 0.02, 0)], [ANA, BEN]) == {"speaker_1": "Ana"}


@pytest.mark.parametrize(("overlap_seconds", "expected"), [(0.5, "Ana"), (2.0, None)])
def test_one_person_does_not_speak_twice_at_once(overlap_seconds: float, expected: str | None) -> None:
    turns = (SpeakerTurn(0, 10, "speaker_1"), SpeakerTurn(10 - overlap_seconds, 20, "speaker_2"))
    voices = [heard("speaker_1", 1, 0, 0), heard("speaker_2", 1, 0.5, 0)]
    assert names(voices, [ANA, BEN], turns) == {"speaker_1": "Ana", "speaker_2": expected}


def test_voices_of_another_encoder_are_not_compared() -> None:
    other = known(1, "Ana", 1, 0, 0, encoder="other-3")
    found = identified(Diarization(60.0, (), (heard("speaker_1", 1, 0, 0),)), [other], SURE)
    assert (found.speakers[0].name, found.speakers[0].score) == (None, None)


def test_who_was_never_heard_alone_is_nobody() -> None:
    assert names([SpeakerVoice("speaker_1", 0.4)], [ANA]) == {"speaker_1": None}


def test_several_clips_are_known_by_what_they_share() -> None:
    clips = [np.asarray(v, dtype=np.float32) for v in ([0.8, 0.6, 0], [0.8, -0.6, 0])]
    assert mean_of(clips).tolist() == pytest.approx([1, 0, 0])
