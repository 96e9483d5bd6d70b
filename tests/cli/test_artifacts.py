import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Cli

SCRIPT = Path(__file__).parents[2] / "scripts" / "reissue_signed_url.py"


def test_links_to_a_jobs_files_are_made_anew(cli: Cli, tone: Callable[..., Path]) -> None:
    tone()
    report = json.loads(cli("transcribe", "talk.wav", "--keep", "--json").stdout)
    job_id = report["files"][0]["job_id"]

    made = json.loads(cli("artifacts", "reissue", job_id, "--json").stdout)["items"]
    assert "transcript.json" in {one["name"] for one in made}
    assert all("/files/" in one["url"] and "signature=" in one["url"] for one in made)
    one = cli(
        "artifacts", "reissue", job_id, "transcript.json", "--expires-in", "60",
        SURTITLE_SERVER__PUBLIC_URL="https://surtitle.example.org/",
    )  # fmt: skip
    assert one.stdout.startswith("transcript.json\thttps://surtitle.example.org/files/")
    by_its_old_name = subprocess.run(
        [sys.executable, SCRIPT, job_id, "transcript.json"],
        env=cli.environment,
        capture_output=True,
        check=True,
    )
    assert by_its_old_name.stdout.startswith(b"transcript.json\thttp://localhost:8000/files/")

    nothing = cli("artifacts", "reissue", job_id, "nonsense")
    assert (nothing.returncode, "it has:" in nothing.stderr) == (2, True)
    nobody = cli("artifacts", "reissue", "01999999-0000-7000-8000-00000000dead")
    assert (nobody.returncode, "There is no job" in nobody.stderr) == (2, True)
