"""The embedder behind a server: asked over real HTTP, with answers of every kind."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import numpy as np
import pytest

from surtitle.engines.builtin.openai_embedder import EmbedderAway, EmbedderRefuses, OpenAiEmbedder
from surtitle.engines.protocols import Endpoint, EngineSetup

KEY = "sk-very-secret"


class Answering(BaseHTTPRequestHandler):
    """Says what `how` is told; embeds each text as its length and its position."""

    how: ClassVar[str] = "well"
    asked: ClassVar[list[tuple[str, str | None, dict[str, Any]]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, self.headers["Authorization"], body))
        status, answer = self._answer(body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        try:
            self.wfile.write(answer)
        except ConnectionError:
            self.close_connection = True

    def _answer(self, body: dict[str, Any]) -> tuple[int, bytes]:
        if self.how.isdigit():
            return int(self.how), f"{KEY} is no good".encode()
        if self.how == "huge":
            return 200, b" " * (20 * 1024**2)
        if self.how == "nonsense":
            return 200, b"<html>hello</html>"
        rows = [{"index": i, "embedding": [3.0, 4.0 * i]} for i in range(len(body["input"]))]
        if self.how == "uneven":
            rows[0]["embedding"] = [1.0]
        elif self.how == "short":
            rows = rows[1:]
        # Nobody promises their order.
        return 200, json.dumps({"object": "list", "data": rows[::-1]}).encode()

    def log_message(self, *_: object) -> None:
        """Test output stays quiet."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def embedder(address: str, monkeypatch: pytest.MonkeyPatch) -> OpenAiEmbedder:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(Answering, "how", "well")
    Answering.asked.clear()
    endpoint = Endpoint(address, KEY, 5.0)
    return OpenAiEmbedder(EngineSetup("openai", "bge-m3", None, "cpu", "float32", 1, endpoint=endpoint))


def test_rows_come_in_the_order_of_the_texts_and_of_unit_length(embedder: OpenAiEmbedder) -> None:
    rows = embedder.embed(["one", "", "three"], is_query=False)
    expected = np.array([[1, 0], [0.6, 0.8], [3 / 73**0.5, 8 / 73**0.5]])
    np.testing.assert_allclose(rows, expected, rtol=1e-6)
    assert embedder.embedder == "openai:bge-m3"
    path, authorization, body = Answering.asked[0]
    assert (path, authorization) == ("/v1/embeddings", f"Bearer {KEY}")
    assert (body["model"], body["input"]) == ("bge-m3", ["one", " ", "three"])


def test_many_texts_are_asked_for_in_batches(embedder: OpenAiEmbedder) -> None:
    assert embedder.embed(["x"] * 130, is_query=False).shape == (130, 2)
    assert [len(body["input"]) for _, _, body in Answering.asked] == [64, 64, 2]


def test_no_texts_are_not_asked_for(embedder: OpenAiEmbedder) -> None:
    assert len(embedder.embed([], is_query=True)) == 0
    assert Answering.asked == []


@pytest.mark.parametrize("how", ["500", "503", "429", "huge", "nonsense", "uneven", "short"])
def test_a_server_out_of_order_is_away_for_now(
    how: str, embedder: OpenAiEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answering, "how", how)
    with pytest.raises(EmbedderAway) as told:
        embedder.embed(["a", "b"], is_query=False)
    assert KEY not in told.value.message
    assert "SURTITLE_EMBEDDINGS__URL" in told.value.message


@pytest.mark.parametrize("how", ["401", "404", "302"])
def test_a_refusal_is_final_and_repeats_nothing_that_the_server_said(
    how: str, embedder: OpenAiEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answering, "how", how)
    with pytest.raises(EmbedderRefuses, match=f"HTTP {how}") as told:
        embedder.embed(["a"], is_query=False)
    assert KEY not in told.value.message
    assert not told.value.passing
