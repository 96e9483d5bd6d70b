"""What becomes of a line on its way out: ids, facts, words that are withheld, notices."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from surtitle.db.errors import DatabaseAway
from surtitle.media.errors import NotMedia
from surtitle.observability.tracebacks import written

# In a process of its own: a log is set up once for all of it.
PROGRAM = """
import json, logging, sys
from pathlib import Path
from surtitle.config import LogSettings
from surtitle.observability.engine_output import ENGINE_OUTPUT
from surtitle.observability.lineage import Lineage, carried
from surtitle.observability.logs import configure_logs
from surtitle.observability.notices import NOTICE

form, whole, notices = sys.argv[1:]
settings = LogSettings(format=form, level="debug", may_hold_content=whole == "whole")
configure_logs(settings, Path(notices) if notices else None)
log = logging.getLogger("surtitle.test")
parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
with carried(Lineage("r-1", parent), project_id="p-1", job_id="j-1"):
    log.info("step done", extra={"facts": {"seconds": 1.5, "prompt": "a knight"}})
log.info("the key %s was used", "vk_" + "a" * 40, extra={"password": "correct horse", "prompt": "a knight"})
logging.getLogger(ENGINE_OUTPUT).warning("truncated: a knight in the rain")
logging.getLogger("some.library").debug("executing INSERT ('a knight in the sun')")
try:
    try:
        {}["a knight"]
    except KeyError as error:
        raise RuntimeError("the card has fallen off the bus, token=abc") from error
except RuntimeError:
    log.exception("it failed")
link = "http://x/account/setup#tok-en"
log.warning("come in, within a day, at %s\\n    | To: ada@example.org", link, extra=NOTICE)
"""


def told(form: str, *, whole: bool = False, notices: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, form, "whole" if whole else "", notices],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stderr.decode()


def documents(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_for_machines_has_ids_and_facts_at_hand_and_nothing_of_anybodys() -> None:
    done, used, failed, notice = documents(told("json"))
    ids = {"request_id": "r-1", "project_id": "p-1", "job_id": "j-1"}
    assert done.items() >= {**ids, "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "seconds": 1.5}.items()
    assert (done["event"], done["level"], done["logger"]) == ("step done", "info", "surtitle.test")
    assert done["prompt"] == used["prompt"] == "[withheld]"
    assert "request_id" not in used
    assert (used["event"], used["password"]) == ("the key [hidden] was used", "[hidden]")
    assert "KeyError: [withheld: 10 characters]" in failed["exception"]
    assert "RuntimeError: the card has fallen off the bus, token=[hidden]" in failed["exception"]
    assert "was the direct cause of" in failed["exception"]
    assert notice["event"] == "come in, within a day, at http://x/account/setup#[hidden]"


def test_a_line_for_people_is_as_short_as_ever_and_as_discreet() -> None:
    text = told("console")
    first = text.splitlines()[0]
    assert "step done" in first
    assert "job_id=j-1" in first
    assert "trace_id" not in text
    assert "seconds" not in text
    for secret in ("knight", "vk_a", "correct horse", "token=abc", "tok-en", "ada@"):
        assert secret not in text, secret


def test_words_that_may_be_a_persons_are_told_where_that_is_asked_for_but_no_secrets() -> None:
    for form in ("json", "console"):
        text = told(form, whole=True)
        assert "truncated: a knight in the rain" in text
        assert "KeyError: 'a knight'" in text
        assert "a knight in the sun" in text
        for secret in ("vk_a", "correct horse", "token=abc", "tok-en"):
            assert secret not in text, secret


def test_a_notice_is_whole_in_a_file_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    place = tmp_path / "notices.txt"
    for _ in range(2):
        *_, notice = documents(told("json", notices=str(place)))
    assert notice["event"].endswith(f"#[hidden] (whole in {place}, which its owner alone can read)")
    assert "ada@example.org" not in json.dumps(notice)
    assert place.stat().st_mode & 0o777 == 0o600
    assert (
        place.read_text().count(
            "UTC  come in, within a day, at http://x/account/setup#tok-en\n    | To: ada@"
        )
        == 2
    )
    assert list(tmp_path.iterdir()) == [place]


def test_a_notice_that_cannot_be_kept_says_so(tmp_path: Path) -> None:
    *_, notice = documents(told("json", notices=str(tmp_path / "missing" / "notices.txt")))
    assert "which cannot be written: No such file or directory" in notice["event"]
    assert "tok-en" not in notice["event"]


def test_every_error_of_a_group_is_in_the_traceback_but_none_of_their_words() -> None:
    said = "what was said"
    hidden, shown = KeyError(said), OSError(28, "No space left")
    hidden.__context__ = ValueError(said)
    text = written(ExceptionGroup(said, [hidden, shown]))
    assert said not in text
    assert "KeyError: [withheld: 15 characters]" in text
    assert "ValueError: [withheld: 13 characters]" in text
    assert "OSError: [Errno 28] No space left" in text
    assert "2 of 2 in the group" in text
    assert said in written(ExceptionGroup(said, [hidden]), whole=True)


def test_of_our_own_errors_those_are_told_that_name_no_file_of_anybodys() -> None:
    assert written(NotMedia("holds no sound.", "Interview with Bob.wav")).endswith("withheld: 38 characters]")
    assert written(DatabaseAway("The database does not answer.")).endswith("The database does not answer.")


def test_a_chain_of_causes_has_an_end() -> None:
    error: BaseException = ValueError()
    for _ in range(2000):
        outer = ValueError()
        outer.__cause__, error = error, outer
    assert written(error).count("ValueError") < 20
