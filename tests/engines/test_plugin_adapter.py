from pathlib import Path
from typing import Any

import pytest

from surtitle.domain.options import Task, TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, WindowCursor
from surtitle.engines.errors import EngineFailed
from surtitle.engines.plugin_adapter import PluginTranscriber, spread_words
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SoundFile
from surtitle.errors import Invalid

SETUP = EngineSetup("plugin", "lab.speech:Model", None, "cpu", "float32", 1)


def heard(answer: object, sound: Path, start: WindowCursor | None = None) -> list[RecognizedWindow]:
    class Model:
        def transcribe(self, audio_path: str) -> Any:
            assert audio_path == str(sound)
            return answer

    with SoundFile(sound) as file:
        adapter = PluginTranscriber(Model, SETUP)
        return list(adapter.transcribe(file, TranscriptionOptions(), start or WindowCursor()))


def test_chunks_become_segments_with_words(sound: Path) -> None:
    answer = {
        "text": "Hello you. Goodbye.",
        "chunks": [
            {"text": " Hello you.", "timestamp": (0.5, 1.4)},
            {"text": " Goodbye.", "timestamp": (2.0, None)},
        ],
    }
    (window,) = heard(answer, sound)
    assert (window.start_seconds, window.end_seconds, window.next.sample) == (0.0, 5.0, 80_000)
    hello, goodbye = window.segments
    assert [(w.text, w.start_seconds, w.end_seconds) for w in hello.words] == [
        (" Hello", 0.5, 1.0),
        (" you.", 1.0, 1.4),
    ]
    assert goodbye.end_seconds == 5.0


def test_a_text_without_chunks_spans_the_sound(sound: Path) -> None:
    (window,) = heard({"text": "one two"}, sound)
    assert [w.end_seconds for w in window.segments[0].words] == [2.5, 5.0]


def test_times_that_overlap_or_run_past_the_end_are_straightened(sound: Path) -> None:
    chunks = [{"text": "a", "timestamp": (0, 3.1)}, {"text": "b", "timestamp": [3.0, 9.0]}]
    (window,) = heard({"text": "a b", "chunks": chunks}, sound)
    assert [(s.start_seconds, s.end_seconds) for s in window.segments] == [(0.0, 3.1), (3.1, 5.0)]


def test_a_finished_sound_is_not_heard_again(sound: Path) -> None:
    assert heard({"text": "again"}, sound, WindowCursor(1, 80_000)) == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "it returned a NoneType"),
        ("text", "it returned a str"),
        ({"text": 3}, "it returned a dict with 'text'"),
        ({"text": "", "chunks": "x"}, "'chunks' is a str, not a list"),
        ({"text": "", "chunks": [{"timestamp": (0, 1)}]}, "chunk 0 is a dict with 'timestamp'"),
        ({"text": "", "chunks": [{"text": "a"}]}, "timestamp of chunk 0 is a NoneType"),
        ({"text": "", "chunks": [{"text": "a", "timestamp": (2, 1)}]}, r"timestamp of chunk 0 is \(2, 1\)"),
        ({"text": "", "chunks": [{"text": "a", "timestamp": (None, 1)}]}, r"is \(None, 1\)"),
        ({"text": "", "chunks": [{"text": "a", "timestamp": (float("nan"), 1)}]}, r"is \(nan, 1\)"),
    ],
)
def test_a_malformed_answer_names_the_plugin_and_the_fault(answer: object, reason: str, sound: Path) -> None:
    with pytest.raises(EngineFailed, match=rf"lab\.speech:Model did not answer as agreed: .*{reason}"):
        heard(answer, sound)


def test_a_plugin_cannot_translate(sound: Path) -> None:
    adapter = PluginTranscriber(type("Model", (), {}), SETUP)
    options = TranscriptionOptions(task=Task.TRANSLATE)
    with SoundFile(sound) as file, pytest.raises(Invalid, match="cannot translate"):
        list(adapter.transcribe(file, options, WindowCursor()))


def test_words_of_a_text_without_letters_are_none() -> None:
    assert spread_words("  \n ", 0.0, 1.0) == ()


def test_text_without_spaces_shares_its_time_by_letters() -> None:
    words = spread_words("我用iPhone 15。", 0.0, 1.2, "zh")
    assert [word.text for word in words] == [" 我", "用", "iPhone", " 15。"]
    assert [word.start_seconds for word in words] == [0.0, 0.109, 0.218, 0.873]
    assert "".join(word.text for word in spread_words("ที่นี่", 0.0, 1.0, "th")) == " ที่นี่"
    assert len(spread_words("ที่นี่", 0.0, 1.0, "th")) == 2
