"""A client as it should be: it asks another server when one fails, and repeats with the same key."""

import itertools
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

PATIENCE_SECONDS = 90.0
_PAUSE_SECONDS = 0.25
_PASSING = {
    httpx.codes.TOO_MANY_REQUESTS,
    httpx.codes.INTERNAL_SERVER_ERROR,
    httpx.codes.BAD_GATEWAY,
    httpx.codes.SERVICE_UNAVAILABLE,
    httpx.codes.INSUFFICIENT_STORAGE,
}


class Client:
    """Talks to the servers in turn. `refusals` counts answers and connections that were tried again."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = itertools.cycle(urls)
        self.refusals: list[str] = []

    def ask(self, method: str, path: str, *, key: str | None = None, **what: Any) -> httpx.Response:
        """The first answer that is not a passing failure, from whichever server."""
        headers = {"Idempotency-Key": key} if key else {}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = httpx.request(method, next(self._urls) + path, headers=headers, timeout=30, **what)
            except httpx.TransportError as error:
                self.refusals.append(repr(error))
            else:
                if answer.status_code not in _PASSING:
                    return answer
                self.refusals.append(f"{answer.status_code} {answer.text[:200]}")
            if time.monotonic() > deadline:
                raise AssertionError(f"{method} {path} was never answered: {self.refusals[-3:]}")
            time.sleep(_PAUSE_SECONDS)

    def ask_once(self, method: str, path: str, **what: Any) -> httpx.Response:
        """Whatever one server answers."""
        return httpx.request(method, next(self._urls) + path, timeout=60, **what)

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    def upload(self, path: Path, key: str) -> str:
        answer = self.ask("POST", "/api/media", key=key, files={"file": (path.name, path.read_bytes())})
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["id"])

    def begin(self, key: str, **wish: Any) -> str:
        answer = self.ask("POST", "/api/jobs", key=key, json=wish)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return str(answer.json()["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        document: dict[str, Any] = self.get(f"/api/jobs/{job_id}")
        return document

    def artifacts(self, job_id: str) -> dict[str, str]:
        """The SHA-256 of each result by name, as the table has it."""
        listed = self.get(f"/api/jobs/{job_id}/artifacts")["items"]
        return {artifact["name"]: artifact["sha256"] for artifact in listed}

    def told(self, job_id: str) -> tuple[str, int]:
        """All deltas of an ended job joined, and how often it was said to be completed."""
        events = self.ask("GET", f"/api/jobs/{job_id}/events").text
        text, completed, kind = "", 0, ""
        for line in events.splitlines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                text += json.loads(value)["text"] if kind == "delta" else ""
                completed += kind == "completed"
        return text, completed
