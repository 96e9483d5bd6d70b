"""A small model whose files lie on a stand-in for the hub and in wheels that pip really downloads."""

import base64
import hashlib
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from surtitle.config import ModelSettings, Settings
from surtitle.engines.models.manifest import Manifest
from surtitle.engines.models.store import ModelStore

CONTENTS = {
    "config.json": b'{"alignment_heads": []}',
    "tokenizer.json": b'{"tokens": []}',
    "vocabulary.txt": b"a\nb\n",
    "model.bin": bytes(range(256)) * 16384,
}
HALF = len(CONTENTS["model.bin"]) // 2
PART_ONE, PART_TWO = "tiny-part-one==1.0", "tiny-part-two==1.0"

MakeStore = Callable[..., ModelStore]


def build_wheel(folder: Path, requirement: str, members: dict[str, bytes]) -> Path:
    """A wheel with `members`, as an index would hold it."""
    distribution, version = requirement.replace("-", "_").split("==")
    info = f"{distribution}-{version}.dist-info"
    entries = {
        **members,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{name},sha256={_record_digest(data)},{len(data)}" for name, data in entries.items()]
    entries[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{distribution}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return wheel


def _record_digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _parts(name: str) -> list[dict[str, str]]:
    if name != "model.bin":
        return [{"wheel": PART_ONE, "member": f"tiny_part_one/{name}"}]
    return [
        {"wheel": PART_ONE, "member": "tiny_part_one/model.bin.part1"},
        {"wheel": PART_TWO, "member": "tiny_part_two/model.bin.part2"},
    ]


@pytest.fixture
def manifest() -> Manifest:
    files = [
        {
            "name": name,
            "size_bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "parts": _parts(name),
        }
        for name, data in CONTENTS.items()
    ]
    model = {
        "name": "whisper-small-test",
        "aliases": ["small-test"],
        "capability": "transcriber",
        "engine": "whisper",
        "licence": "MIT",
        "multilingual": True,
        "hub": "owner/small-test",
        "wheels": [
            {"requirement": PART_ONE, "size_bytes": 1000},
            {"requirement": PART_TWO, "size_bytes": 900},
        ],
        "files": files,
    }
    return Manifest.model_validate({"models": [model]})


@pytest.fixture
def make_store(tmp_path: Path, manifest: Manifest) -> MakeStore:
    """Stores that share one directory. `sources` says where they fetch from."""

    def make(*sources: str, folder: Path | None = None, directory: Path | None = None) -> ModelStore:
        models = ModelSettings.model_validate(
            {"sources": sources or ("index",), "folder": folder, "directory": directory}
        )
        return ModelStore(Settings(data_dir=tmp_path / "data", models=models), manifest)

    return make


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """The user's folder, holding the small model under its alias."""
    write_model(tmp_path / "shelf" / "small-test")
    return tmp_path / "shelf"


def write_model(directory: Path) -> None:
    directory.mkdir(parents=True)
    for name, data in CONTENTS.items():
        (directory / name).write_bytes(data)


@pytest.fixture
def wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip and uv may look for packages, holding the small model's two."""
    folder = tmp_path / "wheelhouse"
    small = {f"tiny_part_one/{name}": data for name, data in CONTENTS.items() if name != "model.bin"}
    build_wheel(
        folder,
        PART_ONE,
        {
            "tiny_part_one/__init__.py": b"raise SystemExit('this code must never run')\n",
            **small,
            "tiny_part_one/model.bin.part1": CONTENTS["model.bin"][:HALF],
        },
    )
    build_wheel(folder, PART_TWO, {"tiny_part_two/model.bin.part2": CONTENTS["model.bin"][HALF:]})
    for client in ("PIP", "UV"):
        monkeypatch.setenv(f"{client}_NO_INDEX", "1")
        monkeypatch.setenv(f"{client}_FIND_LINKS", str(folder))
    return folder


class Hub:
    """A server that answers as the hub does: redirects to a store that knows ranges.

    `asked` lists file name and Range header of each download, in order. A download stops after
    `stop_after_bytes` until `go_on` is set.
    """

    def __init__(self) -> None:
        self.files = dict(CONTENTS)
        self.asked: list[tuple[str, str | None]] = []
        self.knows_ranges = True
        self.stop_after_bytes: int | None = None
        self.stopped = threading.Event()
        self.go_on = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(hub: "Hub") -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the request's
        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.send_response(302)
                self.send_header("Location", f"/store/{self.path.rpartition('/')[2]}")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                if self.path.startswith("/owner/small-test/resolve/main/"):
                    self.do_HEAD()
                else:
                    hub._send(self, self.path.removeprefix("/store/"))

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Test output stays quiet."""

            def log_error(self, *_: object) -> None:
                """Here too."""

        return Handler

    def _send(self, request: BaseHTTPRequestHandler, name: str) -> None:
        asked_range = request.headers["Range"]
        self.asked.append((name, asked_range))
        wanted = asked_range if self.knows_ranges else None
        if name not in self.files:
            request.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        body = self.files[name][start:]
        if start and not body:
            request.send_error(416)
            return
        request.send_response(206 if wanted else 200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        cut = len(body) if self.stop_after_bytes is None else self.stop_after_bytes
        try:
            request.wfile.write(body[:cut])
            if body[cut:]:
                self.stopped.set()
                self.go_on.wait()
                request.wfile.write(body[cut:])
        except ConnectionError:
            request.close_connection = True


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    running = Hub()
    monkeypatch.setenv("HF_ENDPOINT", running.url)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    # A proxy of the machine that runs the tests has no part in them.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield running
    running.close()
