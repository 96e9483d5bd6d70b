"""The chart's Redis: the command of its pod, run with the users that setup.py draws."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from tests.deploy.chart.helm import one, rendered
from tests.deploy.compose import ROOT
from tests.server import free_port

SETUP = ROOT / "deploy" / "compose" / "setup.py"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where Surtitle's pods would reach it, as the Secret says."""
    subprocess.run([sys.executable, SETUP, tmp_path], check=True, capture_output=True)
    secrets, port = tmp_path / "secrets", free_port()
    pod = one(rendered("smallest"), "Deployment", "redis")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    command = [word.replace("/etc/redis", str(secrets / "redis")) for word in container["command"]]
    options = ["--port", str(port), "--bind", "127.0.0.1"]
    process = subprocess.Popen([*command, *options], cwd=tmp_path, stdout=subprocess.DEVNULL)
    service = one(rendered("smallest"), "Service", "redis")
    said = (secrets / "surtitle" / "surtitle_hub__url").read_text().strip()
    place = f"@{service['metadata']['name']}:{service['spec']['ports'][0]['port']}/"
    assert place in said, "the Secret names the chart's Service"
    yield said.replace(place, f"@127.0.0.1:{port}/")
    process.terminate()
    process.wait(timeout=30)


def test_who_has_the_secret_gets_in_and_who_has_not_may_ask_whether_it_lives(address: str) -> None:
    with redis.Redis.from_url(address) as ours:
        deadline = time.monotonic() + 30
        while True:
            try:
                assert ours.echo("hint") == b"hint"
                break
            except redis.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
    bare = "redis://" + address.partition("@")[2]
    with redis.Redis.from_url(bare) as stranger:
        assert stranger.ping(), "what the probes ask"
        with pytest.raises(redis.exceptions.NoPermissionError):
            stranger.get("surtitle:counts:1")
