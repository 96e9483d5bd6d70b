import json
import subprocess
import sys
from typing import Literal

# In a process of its own: a log is set up once for all of it.
PROGRAM = """
import json, logging, sys
from surtitle.config import LogSettings
from surtitle.observability.logs import configure_logs

configure_logs(LogSettings(format=sys.argv[1]))
log = logging.getLogger("surtitle.test")
for text in json.load(sys.stdin):
    log.warning("the file %s is no recording", text, extra={"agent": text})
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("it failed: %s", text)
"""

HOSTILE = [
    "a\n2026-01-01T00:00:00Z [info     ] all is well",
    "a\r2026-01-01T00:00:00Z [info     ] all is well",
    "a\r\n2026-01-01T00:00:00Z [info     ] all is well",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "\x9b31m",
    "a\u2028b\u2029c\x85d\x0be\x0cf",
    "gpj\u202e.exe",
    "half a character \ud800",
]


def written(form: Literal["console", "json"], texts: list[str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, form],
        input=json.dumps(texts).encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == b""
    return done.stderr.decode()


def test_nothing_that_a_stranger_wrote_begins_a_line_or_moves_the_cursor() -> None:
    lines = written("console", HOSTILE).split("\n")
    beginnings = [line.split("[")[1].split()[0] for line in lines if line and not line.startswith(" ")]
    assert beginnings == ["warning", "error"] * len(HOSTILE)
    assert all(character.isprintable() for line in lines for character in line)


def test_a_line_for_machines_is_one_document() -> None:
    told = written("json", HOSTILE)
    documents = [json.loads(line) for line in told.splitlines()]
    assert told.isascii()
    assert [document["event"] for document in documents[::2]] == [
        f"the file {text} is no recording" for text in HOSTILE
    ]
    assert [document["agent"] for document in documents[::2]] == HOSTILE
    assert all("ValueError" in document["exception"] for document in documents[1::2])


def test_what_people_write_in_their_own_language_stays_readable() -> None:
    assert "séance 日本 🎬" in written("console", ["séance 日本 🎬"])
