"""What it costs to be watched: metrics and logs on, and traces as well, against all of them off.

Three servers of the same program stand side by side and take turns (A B C C B A), so that what drifts falls
on all. A watched one logs each request and step as JSON, and it and its worker are scraped every second,
fifteen times as often as deploy/prometheus does; a traced one also sends every trace to a collector, which is
off by default. The last logs errors alone and is not asked. Two kinds of work: whole `transcript` jobs,
worker warm, and requests that four clients send as fast as they are answered (`GET /api/jobs/{job_id}`:
database, access rules, a document). Beside the throughput stands the processor time of the server and its
workers, which a busy machine blurs less. The collector and the scraper run on the same machine, and take
their share of it from the watched side.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median

import httpx
import psutil
from tests.server import Server, free_port

from benchmarks.materials import Materials, seconds_of
from benchmarks.product import run_job
from benchmarks.report import Report
from benchmarks.timing import Turns, in_turns, spread

_WATCHED, _TRACED, _ALONE = "metrics and logs", "traces too", "not watched"
_MOST_COST = 0.03
_CLIENTS = 4
_REQUESTS_EACH, _QUICK_REQUESTS_EACH = 1500, 25
_SCRAPE_SECONDS = 1.0
_OFF = {"SURTITLE_LOG__LEVEL": "error"}


@dataclass(frozen=True, slots=True)
class Amount:
    """What one turn does, and how many of them."""

    what: str
    count: int


def run(report: Report, materials: Materials) -> None:
    with (
        _watched(materials, "watched") as watched,
        _collector() as collector,
        _watched(materials, "traced", SURTITLE_TRACING__ENDPOINT=collector) as traced,
        _server(materials, "alone", _OFF) as alone,
    ):
        servers = {_WATCHED: watched, _TRACED: traced, _ALONE: alone}
        _report_jobs(report, materials, servers)
        _report_requests(report, materials, servers)


def _report_jobs(report: Report, materials: Materials, servers: dict[str, Server]) -> None:
    recording = materials.clip if materials.quick else materials.narration
    media = {side: server.upload(recording) for side, server in servers.items()}

    def job(side: str) -> None:
        run_job(servers[side], media[side], "transcript")

    report.say(f"A `transcript` job of {seconds_of(recording):.0f} s of narration:")
    _report(report, servers, job, Amount("jobs", 1), materials.pairs)


def _report_requests(report: Report, materials: Materials, servers: dict[str, Server]) -> None:
    each = _QUICK_REQUESTS_EACH if materials.quick else _REQUESTS_EACH
    paths = {side: _job_path(server) for side, server in servers.items()}

    def requests(side: str) -> None:
        with ThreadPoolExecutor(_CLIENTS) as clients:
            for asked in [clients.submit(_ask, paths[side], each) for _ in range(_CLIENTS)]:
                asked.result()

    report.say(f"{_CLIENTS} clients, {each} requests each:")
    _report(report, servers, requests, Amount("requests", _CLIENTS * each), materials.pairs)


def _report(
    report: Report, servers: dict[str, Server], work: Callable[[str], None], amount: Amount, pairs: int
) -> None:
    used: Turns = {side: [] for side in servers}

    def measured(side: str) -> Callable[[], float]:
        def turn() -> float:
            before, began = _processor_seconds(servers[side]), time.perf_counter()
            work(side)
            seconds = time.perf_counter() - began
            used[side].append(_processor_seconds(servers[side]) - before)
            return seconds

        return turn

    turns = in_turns({side: measured(side) for side in servers}, pairs)
    rows = [
        (
            side,
            str(len(turns[side])),
            spread(turns[side]),
            f"{amount.count / median(turns[side]):.2f}",
            spread(used[side]),
        )
        for side in servers
    ]
    report.table(
        (
            "side",
            "turns",
            "seconds: median (range)",
            f"{amount.what} a second",
            "processor seconds: median (range)",
        ),
        rows,
    )
    left = {side: median(turns[_ALONE]) / median(turns[side]) for side in (_WATCHED, _TRACED)}
    more = {side: median(used[side]) / median(used[_ALONE]) - 1 for side in left}
    report.say(
        f"With traces {left[_TRACED]:.3f} of the throughput is left; {more[_TRACED]:+.1%} of processor time."
    )
    report.aim(
        f"metrics and logs cost under {_MOST_COST:.0%} of the throughput of {amount.what}",
        f"{left[_WATCHED]:.3f} of it is left; {more[_WATCHED]:+.1%} of processor time",
        met=left[_WATCHED] > 1 - _MOST_COST,
    )


@contextmanager
def _watched(materials: Materials, name: str, **told: str) -> Iterator[Server]:
    worker_port = free_port()
    told |= {
        "SURTITLE_LOG__FORMAT": "json",
        "SURTITLE_LOG__LEVEL": "info",
        "SURTITLE_METRICS__WORKER_PORT": str(worker_port),
    }
    worker_url = f"http://127.0.0.1:{worker_port}/metrics"
    with _server(materials, name, told) as server, _scraped([f"{server.url}/metrics", worker_url]):
        yield server


@contextmanager
def _server(materials: Materials, name: str, variables: dict[str, str]) -> Iterator[Server]:
    """A server whose worker has its model loaded."""
    with Server(materials.folder / f"server-watching-{name}", **variables) as server:
        run_job(server, server.upload(materials.clip), "transcript")
        yield server


@contextmanager
def _scraped(urls: list[str]) -> Iterator[None]:
    over = threading.Event()

    def scrape() -> None:
        with httpx.Client(timeout=10) as client:
            while not over.wait(_SCRAPE_SECONDS):
                for url in urls:
                    client.get(url).raise_for_status()

    with ThreadPoolExecutor(1) as scraper:
        scraping = scraper.submit(scrape)
        try:
            yield
        finally:
            over.set()
            # A scrape that failed would make the watched side look cheap.
            scraping.result()


@contextmanager
def _collector() -> Iterator[str]:
    """The address of one that takes traces and throws them away."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _job_path(server: Server) -> str:
    listed = httpx.get(f"{server.url}/api/jobs", timeout=30).raise_for_status().json()
    return f"{server.url}/api/jobs/{listed['items'][0]['id']}"


def _ask(url: str, times: int) -> None:
    with httpx.Client(timeout=30) as client:
        for _ in range(times):
            client.get(url).raise_for_status()


def _processor_seconds(server: Server) -> float:
    """Of the server, its workers and their engines, since they began."""
    assert server.process is not None
    own = psutil.Process(server.process.pid)
    used = 0.0
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used += times.user + times.system
    return used
