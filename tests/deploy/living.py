"""A living installation that Prometheus watches: a server, workers, and things that happen to them."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from tests.deploy.alert_rules import RUNBOOKS
from tests.deploy.watching import within
from tests.fakes.cards import Card, Cards
from tests.fakes.installing import with_engines
from tests.server import Server
from tests.spoken import ffmpeg

from surtitle.domain.cloud import CloudService, CloudUnit, CloudUse
from surtitle.observability.metrics import Metrics, Part, ResidentModel, Role, Sample
from surtitle.observability.metrics.gpus import read_cards

_GIB = 1024**3
# One for all questions: each new one reads the certificates of the whole world.
_CLIENT = httpx.Client(timeout=10, verify=False)
RECORDED = Path(__file__).parent / "recorded"
PACE_SECONDS = "0.05"


@dataclass
class Watched:
    """An installation and the Prometheus that watches it."""

    server: Server
    prometheus: str

    def ask(self, query: str) -> list[dict[str, Any]]:
        """What Prometheus says to a query, now."""
        answer = _CLIENT.get(f"{self.prometheus}/api/v1/query", params={"query": query}).json()
        assert answer["status"] == "success", f"{query}: {answer.get('error')}"
        data = answer["data"]
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": data["result"]}]
        found: list[dict[str, Any]] = data["result"]
        return found


@contextmanager
def served(text: str) -> Iterator[str]:
    """A scrape that was recorded, told to whoever asks. Gives host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def worker(server: Server, port: int, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of the server's installation, whose figures are at `port`."""
    environment = {**server._environment, "SURTITLE_METRICS__WORKER_PORT": str(port), **variables}
    words = [sys.executable, "-m", "surtitle", "worker", "--queue", "cpu"]
    with (server.data_dir.parent / f"worker-{port}.log").open("wb") as log:
        process = subprocess.Popen(words, env=environment, stdout=log, stderr=log, cwd=server.data_dir.parent)

    def tells() -> bool:
        assert process.poll() is None, "the worker ended"
        with suppress(httpx.TransportError):
            return _CLIENT.get(f"http://127.0.0.1:{port}/metrics").is_success
        return False

    try:
        within(60, "the worker tells its figures", tells)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(timeout=30)


async def card_worker() -> str:
    """The figures of a worker with a card that asks a cloud, as our program tells them.

    No card is on this machine: in its driver's place is a stand-in, and all else is what runs elsewhere.
    """
    metrics = Metrics(Role.WORKER, queues=("gpu",), prices={"fal": {CloudUnit.CLIPS: 0.4}}, daily_budget=10)
    cards = Cards(Card("NVIDIA H100 80GB HBM3", 61 * _GIB, 80 * _GIB, 97))

    async def read() -> list[Sample]:
        return read_cards(cards)

    metrics.readings.watch([Part("gpus", read, 5)])
    await metrics.readings.refresh(5)
    held = ResidentModel("whisper", "whisper-large-v3", "cuda:0", "float16", 3 * _GIB)
    metrics.engines.watch(lambda: held)
    metrics.engines.loaded("whisper", "whisper-large-v3", 11.5)
    metrics.engines.ran_out_of_memory("whisper")
    metrics.cloud.used(CloudUse(CloudService.FAL, "fal-ai/ltx-video", units={CloudUnit.CLIPS: 1}))
    return metrics.exposition().decode()


def scraped(**targets: list[str]) -> dict[str, Any]:
    """Prometheus' settings for these jobs, looking every second, with the rules of deploy/prometheus."""
    return {
        "global": {
            "scrape_interval": "1s",
            "evaluation_interval": "1s",
            "external_labels": {"runbooks": RUNBOOKS},
        },
        "rule_files": ["*.rules.yaml"],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": places}]} for job, places in targets.items()
        ],
    }


def installation(folder: Path, **variables: str) -> Server:
    """A server that starts no workers, with an engine whose pace the file `pace` in `folder` sets."""
    (folder / "pace").write_text(PACE_SECONDS)
    return Server(
        folder / "data",
        **with_engines(folder, {"paced": "paced_engine:PACED"}),
        PACED_ENGINE=str(folder),
        SURTITLE_ENGINES__TRANSCRIBER="paced",
        SURTITLE_SERVER__WORKERS="0",
        SURTITLE_METRICS__FRESH_SECONDS="0.5",
        **variables,
    )


def recording(folder: Path, seconds: int) -> Path:
    ffmpeg("-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", str(folder / "tone.wav"))
    return folder / "tone.wav"
