"""The audit against an advisory service on this machine, and against none."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.release.scripts import accepted, run

FAULT: dict[str, Any] = {
    "id": "PYSEC-2026-1",
    "summary": "reads too much",
    "aliases": ["CVE-2026-1"],
    "affected": [
        {
            "package": {"name": "broken", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}
HASH = "--hash=sha256:" + "0" * 64


class Service(BaseHTTPRequestHandler):
    """OSV's interface, as far as it is asked."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"vulns": [FAULT]} if asked["package"]["name"] == "broken" else {}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def osv() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


def locked(folder: Path, *names: str) -> Path:
    lock = folder / "some.lock"
    lock.write_text("".join(f"{name}==1.0 \\\n    {HASH}\n" for name in names))
    return lock


def test_a_known_fault_is_told_with_what_mends_it(tmp_path: Path, osv: str) -> None:
    lock = locked(tmp_path, "sound", "broken")
    done = run("audit.py", "--service", "osv", "--osv-url", osv, lock, tools=True)
    assert done.returncode == 1, done.stderr
    assert "broken 1.0: PYSEC-2026-1, mended in 1.1" in done.stdout
    assert "2 packages asked about, 1 advisories" in done.stdout


@pytest.mark.parametrize(("until", "code"), [("2099-01-01", 0), ("2020-01-01", 1)])
def test_an_advisory_is_accepted_until_a_day(tmp_path: Path, osv: str, until: str, code: int) -> None:
    word = accepted(tmp_path, f'[advisories.PYSEC-2026-1]\nreason = "not reached"\nuntil = {until}\n')
    word.write_text(f"[licences]\n[carried]\n{word.read_text()}")
    words = ("--service", "osv", "--osv-url", osv, "--accepted", word, locked(tmp_path, "broken"))
    assert run("audit.py", *words, tools=True).returncode == code


def test_where_nobody_can_be_asked_it_says_so_and_does_not_pass(tmp_path: Path) -> None:
    words = ("--service", "osv", "--osv-url", "http://127.0.0.1:1/", locked(tmp_path, "sound"))
    done = run("audit.py", *words, tools=True)
    assert done.returncode == 3
    assert "NOT AUDITED: no advisory service could be asked" in done.stderr
    assert "Traceback" not in done.stderr
