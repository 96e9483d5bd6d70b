"""How long an upload waits for its answer after its last byte, while the worker is busy.

Ten clients at once, then fifty, each sending a WAV of 10 MiB to `POST /api/media` over and over, while the
worker transcribes an hour of narration on all cores. The clock runs from the moment that the kernel has
taken a client's last byte to the first line of the answer, which comes when the file is stored, hashed,
probed and in the table. Once as fast as loopback takes it, when megabytes are still in the kernel's buffers
at that moment; once with the clients sharing a line of 1 Gbit/s equally.
"""

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

import httpx
from tests.server import Server

from benchmarks.materials import Materials
from benchmarks.product import begin_job, cancel, warm_server
from benchmarks.report import Report, progress

_CLIENTS = (10, 50)
_UPLOADS = 200
_UPLOAD_BYTES = 10 * 1024**2
_CHUNK_BYTES = 64 * 1024
_MOST_SECONDS = 0.2
# Bytes a second of all clients together; None is as fast as it goes.
_LINES = {"loopback": None, "1 Gbit/s": 1_000_000_000 // 8}
_BOUNDARY = "benchmark-boundary"


@dataclass(frozen=True, slots=True)
class _Waits:
    """Seconds from last byte to answer, of all uploads."""

    seconds: list[float]

    def percentile(self, percent: int) -> float:
        return quantiles(self.seconds, n=100, method="inclusive")[percent - 1]


@dataclass(frozen=True, slots=True)
class _Senders:
    """How many send at once, how often each, and how fast: bytes a second, None as fast as it goes."""

    clients: int
    uploads_each: int
    bytes_per_second: int | None


def run(report: Report, materials: Materials) -> None:
    body = _form(materials.upload_of(_UPLOAD_BYTES))
    uploads = 100 if materials.quick else _UPLOADS
    rows, found = [], {}
    with warm_server(materials, "accept") as server, _busy(server, materials.hour) as job_id:
        for clients in _CLIENTS:
            for line, bytes_per_second in _LINES.items():
                progress(f"uploads: {clients} at once, {line}")
                each = bytes_per_second and bytes_per_second // clients
                waits = _waits(server, body, _Senders(clients, uploads // clients, each))
                found[clients, line] = waits
                still_busy = server.job(job_id)["state"] == "running"
                rows.append((str(clients), line, *_cells(waits), "yes" if still_busy else "no"))
    head = ("at once", "line", "uploads", "p50 ms", "p99 ms", "longest ms", "worker busy to the end")
    report.table(head, rows)
    for (clients, line), waits in found.items():
        p99 = waits.percentile(99)
        report.aim(
            f"p99 under {_MOST_SECONDS * 1000:.0f} ms at {clients} at once ({line})",
            f"{p99 * 1000:.0f} ms",
            met=p99 < _MOST_SECONDS,
        )


@contextmanager
def _busy(server: Server, recording: Path) -> Iterator[str]:
    """The id of a job that keeps the worker at work while the block lasts."""
    job_id = begin_job(server, server.upload(recording), "transcript")
    yield job_id
    if server.job(job_id)["state"] == "running":
        cancel(server, job_id)


def _cells(waits: _Waits) -> tuple[str, ...]:
    figures = (waits.percentile(50), waits.percentile(99), max(waits.seconds))
    return str(len(waits.seconds)), *(f"{seconds * 1000:.0f}" for seconds in figures)


def _waits(server: Server, body: bytes, senders: _Senders) -> _Waits:
    def client(_number: int) -> list[float]:
        return [_upload(server, body, senders.bytes_per_second) for _ in range(senders.uploads_each)]

    with ThreadPoolExecutor(senders.clients) as clients:
        return _Waits([seconds for part in clients.map(client, range(senders.clients)) for seconds in part])


def _upload(server: Server, body: bytes, bytes_per_second: int | None) -> float:
    """Seconds from the last byte to the answer. The recording is deleted afterwards: disks are finite."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    try:
        connection.putrequest("POST", "/api/media")
        connection.putheader("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        _send(connection, body, bytes_per_second)
        sent = time.perf_counter()
        answer = connection.getresponse()
        seconds = time.perf_counter() - sent
        told = answer.read()
        if answer.status != httpx.codes.CREATED:
            raise RuntimeError(f"an upload was refused ({answer.status}): {told[:500]!r}")
        connection.request("DELETE", answer.headers["Location"])
        connection.getresponse().read()
    finally:
        connection.close()
    return seconds


def _send(connection: http.client.HTTPConnection, body: bytes, bytes_per_second: int | None) -> None:
    if bytes_per_second is None:
        connection.send(body)
        return
    began = time.perf_counter()
    for start in range(0, len(body), _CHUNK_BYTES):
        # A chunk leaves when a line of that speed would have carried those before it.
        time.sleep(max(0.0, began + start / bytes_per_second - time.perf_counter()))
        connection.send(body[start : start + _CHUNK_BYTES])


def _form(path: Path) -> bytes:
    head = (
        f"--{_BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="file"; filename="talk.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )
    return head.encode() + path.read_bytes() + f"\r\n--{_BOUNDARY}--\r\n".encode()
