import json

from tests.cli.conftest import Cli

SUBTITLES = """1
00:00:01,000 --> 00:00:04,000
The north pier of the bridge has sunk.

2
00:01:00,000 --> 00:01:04,000
The technician should not fear the dog, which barks.
"""


def test_what_was_said_is_found_and_asked_for_without_a_server(cli: Cli) -> None:
    cli.environment["SURTITLE_SEARCH__MEANING"] = "off"
    (cli.folder / "talk.srt").write_text(SUBTITLES)
    assert cli("transcripts", "import", "talk.srt").returncode == 0
    found = cli("search", "barking", "--json")
    assert found.returncode == 0, found.stderr
    assert "Indexed 1 transcript" in found.stderr
    (item,) = json.loads(found.stdout)["items"]
    assert (item["start_seconds"], item["transcript_name"]) == (60.0, "talk.srt")
    assert cli("search", "pier").stdout == "talk.srt 0:01 The north pier of the bridge has sunk.\n\n"
    assert "recordings do not tell" in cli("ask", "Who won the regatta?").stdout
    assert "The north pier" in cli("ask", "What of the pier?").stdout
    assert cli("reindex").stdout == "1 transcript indexed again.\n"
    assert cli("search", "?").returncode == 2
