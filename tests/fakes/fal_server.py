"""fal's queue on this machine, over real HTTP, with its failures.

Speaks the queue (submit, status, result, cancel), the list of requests and the file server. Each request that
it takes is one that is charged: `taken` counts them.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "key-id:very-secret"


@dataclass
class FalRequest:
    model: str
    arguments: dict[str, Any]
    sent_at: str
    polls: int = 0
    cancelled: bool = False
    dropped: bool = False
    """Cancelled before it was begun: fal knows nothing of it any more."""


@dataclass
class FalServer:
    """How it behaves, settable while it runs, and what happened.

    `submits`, `statuses`, `results`, `files`, `lists` and `cancels` say how the next calls of their kind are
    answered, in turn; when they are used up, all goes well.
    """

    film: Path
    url: str = ""
    submits: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    polls_needed: int = 2
    file_url: str | None = None
    cancels: list[str] = field(default_factory=list)
    laid: str | None = None
    """Where it says that it has laid a picture that came with a request."""
    requests: dict[str, FalRequest] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)

    @property
    def taken(self) -> int:
        return len(self.requests)

    @property
    def cancelled(self) -> list[str]:
        return [number for number, request in self.requests.items() if request.cancelled]


@contextmanager
def fal_server(film: Path) -> Iterator[FalServer]:
    server = FalServer(film)
    handler = type("Handler", (_Handler,), {"fal": server})
    listening = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    listening.daemon_threads = True
    server.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    fal: FalServer

    def do_POST(self) -> None:
        self._note()
        arguments = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        how = _next(self.fal.submits)
        if how.isdigit():
            self._say(int(how), {"detail": f"no, {KEY}"})
        elif how == "policy":
            self._say(422, {"detail": [{"type": "content_policy_violation", "msg": f"no: {arguments}"}]})
        else:
            self._take(arguments, how)

    def _take(self, arguments: dict[str, Any], how: str) -> None:
        number = f"r-{len(self.fal.requests) + 1}"
        model = self.path.strip("/")
        self.fal.requests[number] = FalRequest(model, arguments, datetime.now(UTC).isoformat())
        if how == "taken, then silence":
            self.close_connection = True
        elif how == "taken, then 502":
            self._say(502, {})
        elif how == "taken, then nonsense":
            self._say(200, {"hello": "you"})
        else:
            place = f"{self.fal.url}/{'/'.join(model.split('/')[:2])}/requests/{number}"
            self._say(200, {"request_id": number, "response_url": place, "status_url": f"{place}/status"})

    def do_PUT(self) -> None:
        self._note()
        how, request = _next(self.fal.cancels), self._request()
        if how.isdigit():
            return self._say(int(how), {})
        if request is None:
            return self._say(404, {"status": "NOT_FOUND"})
        request.cancelled, request.dropped = True, not request.polls
        return (
            self._say(202, {"status": "CANCELLATION_REQUESTED"})
            if request.polls
            else self._say(200, {"status": "OK"})
        )

    def do_GET(self) -> None:
        self._note()
        path = urlsplit(self.path).path
        if path == "/v1/models/requests/by-endpoint":
            self._list()
        elif path.startswith("/files/"):
            self._file()
        elif path.endswith("/status"):
            self._status()
        else:
            self._result()

    def _status(self) -> None:
        how, request = _next(self.fal.statuses), self._request()
        if request is not None and request.dropped:
            request = None
        if how.isdigit():
            self._say(int(how), {})
        elif request is None or how == "unknown":
            self._say(404, {"detail": "Request not found"})
        else:
            request.polls += 1
            states = ["IN_QUEUE", "IN_PROGRESS"]
            if request.polls > self.fal.polls_needed:
                self._say(200, {"status": "COMPLETED", "metrics": {"inference_time": 1.0}})
            else:
                self._say(202, {"status": states[min(request.polls, 2) - 1], "queue_position": 0})

    def _result(self) -> None:
        how = _next(self.fal.results)
        if how.isdigit():
            self._say(int(how), {})
        elif how == "broken":
            self._say(503, {"detail": f"gone, {KEY}", "error_type": "runner_disconnected"})
        elif how == "policy":
            self._say(422, {"detail": [{"type": "content_policy_violation", "msg": "no"}]})
        elif how == "no video":
            self._say(200, {"images": []})
        else:
            url = self.fal.file_url or f"{self.fal.url}/files/film.mp4"
            self._say(200, {"video": {"url": url}, "seed": 1}, {"x-fal-billable-units": "5"})

    def _file(self) -> None:
        how = _next(self.fal.files)
        content = self.fal.film.read_bytes()
        if how.startswith("http"):
            self.send_response(302)
            self.send_header("Location", how)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif how.isdigit():
            self._say(int(how), {})
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self._write(content[: len(content) // 2] if how == "half" else content)
            self.close_connection = how == "half"

    def _list(self) -> None:
        how = _next(self.fal.lists)
        if how.isdigit():
            return self._say(int(how), {})
        wanted = parse_qs(urlsplit(self.path).query)["endpoint_id"][0]
        items = [
            {"request_id": number, "sent_at": request.sent_at, "json_input": self._listed(request)}
            for number, request in self.fal.requests.items()
            if request.model == wanted and how != "not yet"
        ]
        return self._say(200, {"items": items, "has_more": False})

    def _listed(self, request: FalRequest) -> dict[str, Any]:
        moved = {"image_url": self.fal.laid} if self.fal.laid and "image_url" in request.arguments else {}
        return {**request.arguments, "fps": 24, **moved}

    def _request(self) -> FalRequest | None:
        parts = urlsplit(self.path).path.split("/")
        return self.fal.requests.get(parts[parts.index("requests") + 1])

    def _note(self) -> None:
        self.fal.calls.append(f"{self.command} {urlsplit(self.path).path}")
        if not self.path.startswith("/files/"):
            self.fal.keys.add(self.headers["Authorization"])
        else:
            assert self.headers["Authorization"] is None

    def _say(self, status: int, told: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self._write(body)

    def _write(self, body: bytes) -> None:
        try:
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Test output stays quiet."""


def _next(script: list[str]) -> str:
    return script.pop(0) if script else "well"
