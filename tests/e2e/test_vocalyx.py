"""Vocalyx' own command, typed as its users type it, against a server that asks for a key."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.api.installation import wav
from tests.server import Server

KEY = "vocalyx-internal-key-chosen-by-its-operator"
PATIENCE_SECONDS = 90


def curl(*arguments: str) -> Any:
    done = subprocess.run(
        ["curl", "--silent", "--fail-with-body", *arguments], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def test_the_literal_command_works_with_the_variables_of_vocalyx(tmp_path: Path) -> None:
    recording = tmp_path / "appel.wav"
    recording.write_bytes(wav(6.0))
    variables = {
        "SURTITLE_SERVER__AUTH": "required",
        "SURTITLE_ENGINES__TRANSCRIBER": "dummy",
        "INTERNAL_API_KEY": KEY,
        "ADMIN_PROJECT_NAME": "ISICOMTECH",
    }
    with Server(tmp_path / "data", **variables) as server:
        transcriptions = f"{server.url}/api/transcriptions"
        sent = curl(
            "-X", "POST", transcriptions, "-H", f"X-API-Key: {KEY}",
            "-F", f"file=@{recording}", "-F", "project_name=ISICOMTECH", "-F", "use_vad=true",
        )  # fmt: skip
        assert (sent["status"], sent["project_name"], sent["vad_enabled"]) == ("pending", "ISICOMTECH", True)
        until = time.monotonic() + PATIENCE_SECONDS
        while (shown := curl("-H", f"X-API-Key: {KEY}", f"{transcriptions}/{sent['id']}"))["status"] in {
            "pending",
            "processing",
        }:
            assert time.monotonic() < until, shown
            time.sleep(0.1)
        assert shown["status"] == "done"
        assert shown["text"]
        assert shown["segments_count"] == len(shown["segments"]) > 0
        assert [one["id"] for one in curl("-H", f"X-API-Key: {KEY}", transcriptions)] == [sent["id"]]
        assert curl(f"{server.url}/health")["status"] == "healthy"
        refused = subprocess.run(
            ["curl", "--silent", "-o", "/dev/null", "-w", "%{http_code}", transcriptions],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert refused.stdout == "401"
        assert curl("-X", "DELETE", "-H", f"X-API-Key: {KEY}", f"{transcriptions}/{sent['id']}") == {
            "status": "deleted",
            "id": sent["id"],
        }
    told = server.log.read_text()
    assert "INTERNAL_API_KEY is the name of an earlier system" in told
    assert "SURTITLE_ACCOUNTS__BOOTSTRAP_PROJECT=ISICOMTECH" in told
    assert KEY not in told
