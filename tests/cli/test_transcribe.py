import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Cli, names_in

Tone = Callable[..., Path]


def test_subtitles_appear_beside_the_recording_and_nothing_stays_in_the_installation(
    cli: Cli, tone: Tone
) -> None:
    tone()
    done = cli("transcribe", "talk.wav")

    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "talk.wav → talk.srt" in done.stderr
    assert "00:00:00,000 --> " in (cli.folder / "talk.srt").read_text()
    assert names_in(cli.folder) == ["talk.srt", "talk.wav"]
    assert json.loads(cli("jobs", "list", "--json").stdout)["items"] == []
    data = cli.folder.parent / "data"
    assert [path for path in (data / "files").rglob("*") if path.is_file()] == []
    assert list((data / "commands").iterdir()) == []


def test_an_existing_result_is_replaced_only_on_demand(cli: Cli, tone: Tone) -> None:
    tone()
    (cli.folder / "talk.srt").write_text("mine")
    refused = cli("transcribe", "talk.wav")
    assert refused.returncode == 1
    assert "--overwrite" in refused.stderr
    assert (cli.folder / "talk.srt").read_text() == "mine"

    assert cli("transcribe", "talk.wav", "--overwrite").returncode == 0
    assert "rehearsal" in (cli.folder / "talk.srt").read_text()


def test_one_bad_file_does_not_stop_the_others_of_a_quoted_glob(cli: Cli, tone: Tone) -> None:
    tone("a.wav")
    (cli.folder / "b.wav").write_text("this is no sound")
    (cli.folder / "c.wav").touch()
    tone("d.wav")
    done = cli("transcribe", "*.wav", "gone.wav", "-f", "txt", "-f", "json", "-o", "out", "--json")

    assert done.returncode == 1
    assert names_in(cli.folder / "out") == ["a.json", "a.txt", "d.json", "d.txt"]
    report = {one["file"]: one for one in json.loads(done.stdout)["files"]}
    assert [report[name]["state"] for name in ("a.wav", "b.wav", "c.wav", "d.wav")] == [
        "succeeded", "failed", "failed", "succeeded",
    ]  # fmt: skip
    assert "b.wav" in report["b.wav"]["error"]
    assert "empty" in report["c.wav"]["error"]
    assert "gone.wav: there is no such file" in done.stderr
    assert "2 of 5 files done, 3 not." in done.stderr


def test_a_name_with_brackets_is_a_file_before_it_is_a_pattern(cli: Cli, tone: Tone) -> None:
    tone("talk [1].wav")

    assert cli("transcribe", "talk [1].wav").returncode == 0
    assert (cli.folder / "talk [1].srt").exists()


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take names in UTF-8 only")
def test_a_name_that_is_no_text_comes_back_in_the_report(cli: Cli, tone: Tone) -> None:
    name = os.fsdecode(b"caf\xe9.wav")
    tone(name)
    done = cli("transcribe", name, "--json")

    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["files"]
    assert (told["file"], told["outputs"]) == (name, [os.fsdecode(b"caf\xe9.srt")])


def test_standard_input_goes_to_standard_output(cli: Cli, tone: Tone) -> None:
    done = cli("transcribe", "-", "-f", "txt", stdin=tone().read_bytes())

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "This is a rehearsal, not a transcript."


def test_the_name_of_the_output_chooses_the_format(cli: Cli, tone: Tone) -> None:
    tone()

    assert cli("transcribe", "talk.wav", "-o", "out.vtt").returncode == 0
    assert (cli.folder / "out.vtt").read_text().startswith("WEBVTT")


def test_a_kept_job_can_be_looked_at_and_deleted(cli: Cli, tone: Tone) -> None:
    tone()
    report = json.loads(cli("transcribe", "talk.wav", "--keep", "--json").stdout)
    job_id = report["files"][0]["job_id"]

    shown = json.loads(cli("jobs", "show", job_id, "--json").stdout)
    assert (shown["state"], shown["surface"]) == ("succeeded", "cli")
    assert "subtitles.srt" in {artifact["name"] for artifact in shown["artifacts"]}
    assert "succeeded" in cli("jobs", "list").stdout
    refused = cli("jobs", "cancel", job_id)
    assert refused.returncode == 1
    assert "already ended" in refused.stderr
    assert cli("jobs", "delete", job_id).returncode == 0
    assert cli("jobs", "show", job_id).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("gone.wav",), "there is no such file"),
        (("*.mov",), "no file matches"),
        ((".",), "is a folder"),
        (("talk.wav", "--language", "klingon"), "language"),
        (("talk.wav", "--beam-size", "99"), "beam_size"),
        (("talk.wav", "--format", "pdf"), "--format"),
        (("talk.wav", "--recipe", "soup"), "no recipe 'soup'"),
        (("talk.wav", "--engine", "nonsense"), "choose one of"),
        (("talk.wav", "--diarizer", "nonsense"), "choose one of"),
        (("talk.wav", "--speakers", "2", "--max-speakers", "3"), "not both"),
        (("talk.wav", "--recipe", "transcript", "--speakers", "2"), "diarization"),
        (("talk.wav", "other.wav", "-o", "-"), "one result"),
        (("talk.wav", "-o", "talk.wav"), "belongs to talk.wav"),
        (("talk.wav", "talk.mp3"), "talk.srt would be written"),
        (("talk.wav", "-o", "-", "--json"), "--json"),
    ],
)
def test_what_makes_no_sense_is_told_before_any_work(
    cli: Cli, tone: Tone, arguments: tuple[str, ...], expected: str
) -> None:
    tone()
    tone("other.wav")
    tone("talk.mp3")
    done = cli("transcribe", *arguments)

    assert done.returncode == 2, done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(cli.folder.glob("*.srt"))


@pytest.mark.models
def test_spoken_words_come_back_as_text(cli: Cli) -> None:
    words = "The weather is very good today and we will walk along the river."
    assert cli("speak", words, "--out", "talk.wav").returncode == 0
    done = cli(
        "transcribe",
        "talk.wav",
        "-o",
        "-",
        "-f",
        "txt",
        "-m",
        "base",
        SURTITLE_ENGINES__TRANSCRIBER="whisper",
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().replace(",", "").lower() == words.lower()
