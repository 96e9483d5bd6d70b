from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, WindowCursor
from surtitle.engines.builtin.dummy import DummyTranscriber
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SoundFile

from ..conftest import write_sound  # noqa: TID252 - the conftest of the folder above

SETUP = EngineSetup("dummy", "dummy", None, "cpu", "float32", 1)


def hear(path: Path, start: WindowCursor | None = None) -> list[RecognizedWindow]:
    with SoundFile(path) as sound:
        return list(
            DummyTranscriber(SETUP).transcribe(sound, TranscriptionOptions(), start or WindowCursor())
        )


@pytest.fixture
def thirty_three_seconds(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "sound.wav", np.zeros(33 * 16_000, dtype=np.float32))


def test_every_sentence_comes_once_and_inside_the_sound(thirty_three_seconds: Path) -> None:
    windows = hear(thirty_three_seconds)
    assert len(windows) == 4
    begins = [segment.start_seconds for window in windows for segment in window.segments]
    assert begins == [0.0, 5.0, 10.0, 15.0, 20.0, 25.0]
    assert windows[-1].end_seconds == 33.0
    words = [word for window in windows for segment in window.segments for word in segment.words]
    assert all(a.end_seconds <= b.start_seconds for a, b in pairwise(words))


def test_resuming_anywhere_gives_what_an_undisturbed_run_gives(thirty_three_seconds: Path) -> None:
    windows = hear(thirty_three_seconds)
    for number, window in enumerate(windows):
        assert hear(thirty_three_seconds, window.next) == windows[number + 1 :]


def test_an_empty_sound_has_no_windows(tmp_path: Path) -> None:
    assert hear(write_sound(tmp_path / "empty.wav", np.zeros(0, dtype=np.float32))) == []
