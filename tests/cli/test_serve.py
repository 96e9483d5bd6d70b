import re
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.cli.conftest import Cli, assert_gone, descendants, wait_until


def _url(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    found = re.search(r"http://\S+?:\d+", line)
    assert found, process.stderr and process.stderr.read().decode()
    return found[0]


def _ready(url: str) -> bool:
    return httpx.get(f"{url}/health/ready", trust_env=False).is_success


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.com"])
def test_a_host_that_others_can_reach_is_declined_with_what_to_do(cli: Cli, host: str) -> None:
    done = cli("serve", "--host", host)

    assert done.returncode == 2
    assert "--auth required" in done.stderr
    assert "SSH tunnel" in done.stderr
    assert "Traceback" not in done.stderr


def test_where_people_sign_in_others_may_reach_the_server(cli: Cli) -> None:
    server = cli.start("serve", "--auth", "required", "--host", "0.0.0.0", "--port", "0", "--workers", "0")
    url = _url(server).replace("0.0.0.0", "127.0.0.1")
    assert httpx.get(f"{url}/api/jobs", trust_env=False).status_code == 401
    assert httpx.get(f"{url}/health/live", trust_env=False).status_code == 200
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=90) == 0
    assert server.stderr is not None
    told = server.stderr.read().decode()
    [place] = re.findall(r"whole in (\S+/notices\.txt)", told)
    assert "/account/setup#[hidden]" in told
    assert Path(place).stat().st_mode & 0o077 == 0
    [link] = re.findall(r"at (http://\S+/account/setup#\S+)", Path(place).read_text())
    assert link.startswith("http://0.0.0.0:")


def test_the_mode_can_be_said_as_it_was_said_first(cli: Cli) -> None:
    server = cli.start("serve", "--auth", "none", "--port", "0", "--workers", "0")
    assert httpx.get(f"{_url(server)}/api/jobs", trust_env=False).status_code == 200
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=90) == 0


def test_a_port_in_use_is_named_with_how_to_choose_another(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = cli("serve", "--port", port)

    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use" in done.stderr
    assert f"--port {port + 1}" in done.stderr


def test_two_servers_share_an_installation_and_ctrl_c_leaves_no_process(cli: Cli) -> None:
    servers = [cli.start("serve", "--port", "0", "--workers", "1") for _ in range(2)]
    urls = [_url(server) for server in servers]
    for url in urls:
        wait_until(lambda url=url: _ready(url), "the server and its worker are ready")  # type: ignore[misc]
    left = [child for server in servers for child in descendants(server)]
    assert len(left) >= 2
    for server in servers:
        server.send_signal(signal.SIGINT)

    assert [server.wait(timeout=90) for server in servers] == [0, 0]
    assert_gone(left)
    for server in servers:
        assert server.stderr is not None
        assert b"Traceback" not in server.stderr.read()


def test_an_open_event_stream_does_not_hold_a_stopping_server(cli: Cli, tone: Callable[..., Path]) -> None:
    server = cli.start("serve", "--port", "0", "--workers", "0")
    url = _url(server)
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        media = client.post(
            "/api/media", files={"file": ("talk.wav", tone().read_bytes())}
        ).raise_for_status()
        wish = {"recipe": "transcript", "media_id": media.json()["id"]}
        job = client.post("/api/jobs", json=wish).raise_for_status().json()
        with client.stream("GET", f"/api/jobs/{job['id']}/events") as stream:
            lines = stream.iter_lines()
            next(lines)
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=60) == 0


def test_kill_9_of_the_server_leaves_no_process(cli: Cli) -> None:
    server = cli.start("serve", "--port", "0", "--workers", "2")
    url = _url(server)
    wait_until(lambda: _ready(url), "the server and a worker are ready")
    left = descendants(server)
    assert len(left) >= 2
    server.kill()

    assert_gone(left)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_workers_stop_when_they_are_asked_to(cli: Cli, number: signal.Signals) -> None:
    worker = cli.start("worker", "--processes", "2")
    wait_until(lambda: len(descendants(worker)) >= 2, "two workers run")
    left = descendants(worker)
    # They must have come so far as to listen to signals.
    database = cli.folder.parent / "data" / "surtitle.db"
    wait_until(database.exists, "a worker opened the installation")
    worker.send_signal(number)

    assert worker.wait(timeout=40) == 0
    assert_gone(left)
