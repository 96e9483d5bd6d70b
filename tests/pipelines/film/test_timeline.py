"""What is heard and when: pauses between scenes, and pictures that change with the words."""

import wave
from pathlib import Path

import numpy as np
import pytest
from tests.pipelines.film.film_bench import RATE_HZ, write_tone

from surtitle.domain.films import FilmScript, Scene, Template
from surtitle.domain.transcript import Stretch, Word
from surtitle.pipelines.film.timeline import narrated, over_recording, read_timeline, silent, timeline_json
from surtitle.pipelines.speech.narration import Narration, WordTiming

SCRIPT = FilmScript(
    "Sea", "en",
    (
        Scene(Template.TITLE, "Sea", narration="The sea."),
        Scene(Template.STATEMENT, "It is wide", narration="It is wide."),
    ),
)  # fmt: skip


@pytest.fixture
def voice(tmp_path: Path) -> Narration:
    """A second of tone for the first scene, two for the second."""
    words = (
        Word("w1", "The", 0.0, 0.4), Word("w2", "sea.", 0.5, 1.0),
        Word("w3", "It", 1.0, 1.5), Word("w4", "is", 1.6, 2.0), Word("w5", "wide.", 2.1, 3.0),
    )  # fmt: skip
    sound = write_tone(tmp_path / "said.wav", 3.0)
    spans = (Stretch(0.0, 1.0), Stretch(1.0, 3.0))
    return Narration(sound, 3.0, words, spans, "en", "hum", None, WordTiming.ENGINE)


def heard(path: Path) -> list[bool]:
    """Whether something is heard, for each twentieth of a second."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(int)
    window = RATE_HZ // 20
    return [bool(abs(samples[at : at + window]).max() > 500) for at in range(0, len(samples), window)]


@pytest.mark.parametrize("wanted", [None, 12.0])
def test_words_are_heard_when_the_timeline_says_so(
    voice: Narration, tmp_path: Path, wanted: float | None
) -> None:
    output = tmp_path / "narration.wav"
    timeline = narrated(SCRIPT, voice, wanted, output)
    assert timeline.duration_seconds == (wanted or pytest.approx(3.0 + 0.4 + 0.45 + 1.2))
    sound = heard(output)
    assert len(sound) / 20 == pytest.approx(timeline.duration_seconds, abs=0.06)
    for word in timeline.words:
        middle = (word.start_seconds + word.end_seconds) / 2
        assert sound[int(middle * 20)], word
    pause = (timeline.words[1].end_seconds + timeline.words[2].start_seconds) / 2
    assert not sound[int(pause * 20)]
    first, second = timeline.shots
    assert (first.start_seconds, second.end_seconds) == (0.0, timeline.duration_seconds)
    assert first.end_seconds == second.start_seconds
    assert timeline.words[1].end_seconds <= second.start_seconds <= timeline.words[2].start_seconds
    assert read_timeline(timeline_json(timeline)) == timeline


def test_scenes_that_nobody_reads_out_stand_as_long_as_they_are_read() -> None:
    timeline = silent(SCRIPT, None, 3600.0)
    assert [shot.end_seconds - shot.start_seconds for shot in timeline.shots] == [
        pytest.approx(2.33, abs=0.3), pytest.approx(3.0, abs=0.3),
    ]  # fmt: skip
    assert silent(SCRIPT, 20.0, 3600.0).duration_seconds == 20.0
    assert silent(SCRIPT, None, 4.0).duration_seconds == 4.0
    assert not timeline.has_voice


def test_scenes_over_a_recording_begin_with_its_words(voice: Narration) -> None:
    shots = over_recording(SCRIPT, voice.words, 3.0)
    assert [shot.scene.heading for shot in shots] == ["Sea", "It is wide"]
    assert shots[1].start_seconds == pytest.approx(1.0, abs=0.3)
    # A recording in which nobody speaks is shared out all the same.
    assert over_recording(SCRIPT, (), 10.0)[1].start_seconds == pytest.approx(4.0, abs=0.3)
