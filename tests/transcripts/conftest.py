"""A short transcript with everything that a file format can stumble over, and where its revisions lie."""

from pathlib import Path

import pytest

from surtitle.config import Settings
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.storage import ObjectStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_store(Settings(data_dir=tmp_path, _env_file=None))


@pytest.fixture
def transcript() -> Transcript:
    first = (
        Word("w1", "Good", 0.5, 0.8, 0.991),
        Word("w2", "morning,", 0.8, 1.25, 0.9),
        Word("w3", "Zoë", 1.3, 1.6),
        Word("w4", "Müller", 1.6, 2.0, 0.5),
        Word("w5", "-Smith.", 2.0, 2.4, 0.5, glued=True),
    )
    second = (Word("w6", "<b>&", 5.0, 5.4, 0.25), Word("w7", "{\\N}", 5.4, 6.0, 0.125))
    return Transcript(
        duration_seconds=8.0,
        language="en",
        language_probability=0.98,
        origin=Origin("whisper", "base", "int8", "cpu"),
        segments=(
            Segment("s1", 0.5, 2.4, first, "en", average_log_probability=-0.2),
            Segment("s2", 5.0, 6.0, second, "en", doubtful="no voice was heard here"),
        ),
    )
