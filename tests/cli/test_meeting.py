import json
import math
import wave
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Cli, names_in
from tests.fakes.installing import PITCH, PITCH_SETTINGS, with_engines

RATE_HZ = 16_000


@pytest.fixture
def dialogue(cli: Cli, tmp_path: Path) -> Path:
    """Two tones in turn, and engines to which they are voices; the dummy speaks every five seconds."""
    cli.environment |= with_engines(tmp_path, PITCH) | PITCH_SETTINGS
    at = np.arange(5 * RATE_HZ) / RATE_HZ
    samples = np.concatenate([np.sin(2 * math.pi * hertz * at) for hertz in (300, 700, 300)])
    path = cli.folder / "standup.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        sound.writeframes((samples * 20_000).astype("<i2").tobytes())
    return path


def test_a_meeting_is_had_in_every_format_at_once(cli: Cli, dialogue: Path) -> None:
    formats = ("docx", "json", "rttm", "md", "srt", "vtt", "txt")
    wanted = [argument for name in formats for argument in ("-f", name)]
    done = cli("transcribe", dialogue.name, "--recipe", "meeting", "--speakers", "2", *wanted)

    assert done.returncode == 0, done.stderr
    assert names_in(cli.folder) == sorted([*(f"standup.{name}" for name in formats), "standup.wav"])
    result = json.loads((cli.folder / "standup.json").read_text())
    assert [turn["speaker"] for turn in result["fusion"]] == ["speaker_1", "speaker_2", "speaker_1"]
    turns = [line.split() for line in (cli.folder / "standup.rttm").read_text().splitlines()]
    assert [(float(turn[3]), float(turn[4])) for turn in turns] == [(0, 5), (5, 5), (10, 5)]
    assert "rehearsal" in (cli.folder / "standup.txt").read_text()


def test_a_format_or_an_option_that_only_meetings_have_makes_it_one(cli: Cli, dialogue: Path) -> None:
    assert cli("transcribe", dialogue.name, "-f", "rttm").returncode == 0
    done = cli("transcribe", dialogue.name, "--max-speakers", "3")

    assert done.returncode == 0, done.stderr
    assert names_in(cli.folder) == ["standup.docx", "standup.rttm", "standup.wav"]


def test_speakers_that_cannot_be_told_apart_cost_nobody_the_text(cli: Cli, dialogue: Path) -> None:
    nameless = cli("transcribe", dialogue.name, "--speakers", "9", "-f", "rttm", "-f", "md")
    assert (nameless.returncode, names_in(cli.folder)) == (1, ["standup.md", "standup.wav"])
    assert "no turns to write" in nameless.stderr
    assert "With --keep" in nameless.stderr

    done = cli("transcribe", dialogue.name, "--speakers", "9", "-f", "txt", "--json", "--keep")

    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)["files"]
    assert ["so many tones" in warning for warning in report["warnings"]] == [True]
    assert "rehearsal" in (cli.folder / "standup.txt").read_text()
    (job,) = json.loads(cli("jobs", "list", "--json").stdout)["items"]
    again = cli("jobs", "retry", job["id"], "--step", "diarization", "--json")
    assert (again.returncode, json.loads(again.stdout)["state"]) == (0, "queued"), again.stderr
