import json
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Cli

SRT = "1\n00:00:01,000 --> 00:00:03,000\nGood morning\n"


def test_a_file_is_imported_listed_shown_and_exported(cli: Cli) -> None:
    (cli.folder / "talk.srt").write_text(SRT)
    imported = json.loads(cli("transcripts", "import", "talk.srt", "-l", "English", "--json").stdout)
    assert (imported["name"], imported["language"], imported["revision"]) == ("talk.srt", "en", 1)

    listed = json.loads(cli("transcripts", "list", "--json").stdout)
    assert [one["id"] for one in listed["items"]] == [imported["id"]]
    assert "talk.srt" in cli("transcripts", "list").stdout
    shown = cli("transcripts", "show", imported["id"])
    assert "imported" in shown.stdout

    assert cli("transcripts", "export", imported["id"], "-o", "out.vtt").returncode == 0
    assert (cli.folder / "out.vtt").read_text().startswith("WEBVTT")
    assert cli("transcripts", "export", imported["id"], "-o", "-").stdout.strip() == "Good morning"
    nobody = cli("transcripts", "export", imported["id"], "-o", "turns.rttm")
    assert (nobody.returncode, "set_segments" in nobody.stderr) == (1, True)
    assert not (cli.folder / "turns.rttm").exists()
    taken = cli("transcripts", "export", imported["id"], "-f", "srt")
    assert (taken.returncode, "--overwrite" in taken.stderr) == (1, True)
    assert (cli.folder / "talk.srt").read_text() == SRT


def test_what_makes_no_sense_is_told(cli: Cli) -> None:
    (cli.folder / "bad.srt").write_text(SRT.replace("-->", "->"))
    refused = cli("transcripts", "import", "bad.srt")
    assert (refused.returncode, "neither SubRip" in refused.stderr) == (2, True)
    unknown = cli("transcripts", "export", "01999999-0000-7000-8000-00000000dead", "-o", "x.pdf")
    assert (unknown.returncode, "--format" in unknown.stderr) == (2, True)
    unknown = cli("transcripts", "show", "01999999-0000-7000-8000-00000000dead")
    assert (unknown.returncode, "There is no transcript" in unknown.stderr) == (2, True)


def test_a_kept_job_leaves_its_transcript(cli: Cli, tone: Callable[..., Path]) -> None:
    tone()
    report = json.loads(cli("transcribe", "talk.wav", "--keep", "--json").stdout)
    listed = json.loads(cli("transcripts", "list", "--json").stdout)["items"]
    assert [(one["job_id"], one["name"]) for one in listed] == [(report["files"][0]["job_id"], "talk.wav")]
