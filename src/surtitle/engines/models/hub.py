"""Models from the hub (huggingface.co, or the mirror that HF_ENDPOINT names), by plain HTTP."""

import os
import queue
import threading
from pathlib import Path

import httpx
from httpx import codes

from surtitle.engines.models.errors import SourceFailed
from surtitle.engines.models.manifest import ModelFile, ModelSpec
from surtitle.engines.models.sources import CHUNK_BYTES, Progress, receive

_DEFAULT_ENDPOINT = "https://huggingface.co"
_TIMEOUT = httpx.Timeout(30.0, connect=3.0)
# `connect` bounds one address only, and the name look-up not at all: this bounds the whole first contact.
_FIRST_CONTACT_SECONDS = 6.0
_YES = frozenset({"1", "ON", "YES", "TRUE"})


class HubSource:
    """Downloads from the hub; a broken download goes on from the byte where it stopped.

    HF_ENDPOINT and HF_HUB_OFFLINE mean what they mean to the hub's own client. No token is sent:
    every model of the manifest is public.
    """

    name = "hub"

    def __init__(self, *, first_contact_seconds: float = _FIRST_CONTACT_SECONDS) -> None:
        self._first_contact_seconds = first_contact_seconds
        self._endpoint = os.environ.get("HF_ENDPOINT", _DEFAULT_ENDPOINT).rstrip("/")
        self._contacted = False

    def fetch(self, spec: ModelSpec, file: ModelFile, destination: Path, progress: Progress) -> None:
        if os.environ.get("HF_HUB_OFFLINE", "").upper() in _YES:
            raise SourceFailed("hub: switched off (HF_HUB_OFFLINE)")
        if spec.hub is None:
            raise SourceFailed(f"hub: {spec.name} is not there")
        url = f"{self._endpoint}/{spec.hub}/resolve/main/{file.name}"
        try:
            self._first_contact(url)
            self._download(url, file, destination, progress)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceFailed(f"hub: {url}: {error or type(error).__name__}") from error

    def _first_contact(self, url: str) -> None:
        """Raises within a few seconds when the hub cannot be reached. Any answer at all will do."""
        if self._contacted:
            return
        outcome: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

        def ask() -> None:
            try:
                httpx.head(url, timeout=_TIMEOUT)
                outcome.put(None)
            except Exception as error:  # noqa: BLE001 - handed to the caller's thread, raised there
                outcome.put(error)

        threading.Thread(target=ask, name="hub-first-contact", daemon=True).start()
        try:
            error = outcome.get(timeout=self._first_contact_seconds)
        except queue.Empty:
            raise SourceFailed(f"hub: {self._endpoint} does not answer") from None
        if error is not None:
            raise error
        self._contacted = True

    def _download(self, url: str, file: ModelFile, destination: Path, progress: Progress) -> None:
        have = destination.stat().st_size if destination.exists() else 0
        # A whole file here was never checked (we died in between), and no range begins at its end.
        have = have if have < file.size_bytes else 0
        # Identity: a range of a compressed answer would not be a range of the file.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with httpx.stream("GET", url, headers=headers, timeout=_TIMEOUT, follow_redirects=True) as answer:
            if answer.status_code == codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                # Their file is shorter than what we have: ours is another one, begin anew next time.
                destination.unlink()
            answer.raise_for_status()
            offset = have if answer.status_code == codes.PARTIAL_CONTENT else 0
            what = f"{file.name} (hub)"
            receive(answer.iter_bytes(CHUNK_BYTES), file, destination, progress, what, offset=offset)
