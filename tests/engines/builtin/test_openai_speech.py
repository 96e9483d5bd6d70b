"""The voice behind a server: asked over real HTTP, with answers of every kind."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from surtitle.engines.builtin.openai_speech import OpenAiSpeech, SpeechServerAway, SpeechServerRefuses
from surtitle.engines.protocols import Endpoint, EngineSetup
from surtitle.engines.sound import wav_header
from surtitle.errors import Invalid

KEY = "sk-very-secret"


class Answering(BaseHTTPRequestHandler):
    """Says what `how` is told."""

    how: ClassVar[str] = "well"
    asked: ClassVar[list[tuple[str, str | None, dict[str, Any]]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, self.headers["Authorization"], body))
        status, answer = self._answer()
        self.send_response(status)
        self.end_headers()
        try:
            self.wfile.write(answer)
        except ConnectionError:
            self.close_connection = True

    def _answer(self) -> tuple[int, bytes]:
        if self.how.isdigit():
            return int(self.how), f"{KEY} is no good".encode()
        if self.how == "huge":
            return 200, b" " * (65 * 1024**2)
        if self.how == "nonsense":
            return 200, b"<html>hello</html>"
        return 200, wav_header(0x7FFFFFFF, 24_000) + b"\x00\x10" * 2400

    def log_message(self, *_: object) -> None:
        """Nothing: it would go to the tests' output."""


@pytest.fixture
def voice() -> Iterator[OpenAiSpeech]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Answering.how, Answering.asked = "well", []
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/v1", KEY, 5.0)
    yield OpenAiSpeech(EngineSetup("openai-speech", "m", None, "cpu", "float32", 1, endpoint=endpoint))
    server.shutdown()
    server.server_close()


def test_it_asks_as_openai_does_and_reads_a_streamed_wav(voice: OpenAiSpeech) -> None:
    speech = voice.synthesize("Hello", voice="nova", speed=1.5, seed=0)

    assert (speech.sample_rate_hz, speech.samples.size) == (24_000, 2400)
    wanted = {"model": "m", "input": "Hello", "voice": "nova", "response_format": "wav", "speed": 1.5}
    assert Answering.asked == [("/v1/audio/speech", f"Bearer {KEY}", wanted)]


@pytest.mark.parametrize("how", ["429", "500", "503", "nonsense", "huge"])
def test_a_server_out_of_order_is_away_for_now(voice: OpenAiSpeech, how: str) -> None:
    Answering.how = how
    with pytest.raises(SpeechServerAway) as away:
        voice.synthesize("Hello", voice="nova", speed=1.0, seed=0)
    assert away.value.passing
    assert KEY not in str(away.value)


@pytest.mark.parametrize("how", ["400", "401", "404", "302"])
def test_a_refusal_is_final_and_repeats_nothing_that_the_server_said(voice: OpenAiSpeech, how: str) -> None:
    Answering.how = how
    with pytest.raises(SpeechServerRefuses) as refused:
        voice.synthesize("Hello", voice="nova", speed=1.0, seed=0)
    assert not refused.value.passing
    assert KEY not in str(refused.value)


def test_a_name_that_is_no_voices_is_not_sent(voice: OpenAiSpeech) -> None:
    with pytest.raises(Invalid):
        voice.synthesize("Hello", voice="a b\n", speed=1.0, seed=0)
    assert Answering.asked == []
