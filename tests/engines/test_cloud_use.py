"""What is told of a request to a server of others, and what is not."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from tests.fakes.chat_endpoint import Answer, chat_endpoint, completion

from surtitle.config import WritingSettings
from surtitle.domain.cloud import CloudOutcome, CloudUnit, CloudUse
from surtitle.engines.builtin.openai_embedder import OpenAiEmbedder
from surtitle.engines.builtin.openai_speech import OpenAiSpeech
from surtitle.engines.cloud import cloud_use_told_to
from surtitle.engines.protocols import Endpoint, EngineSetup, Speech
from surtitle.engines.sound import wav_header
from surtitle.engines.writing import AnswerForm, WritingOrder
from surtitle.engines.writing.openai import OpenAiWriter
from surtitle.errors import SurtitleError
from surtitle.observability.metrics import CloudMetrics

SPOKEN = wav_header(0x7FFFFFFF, 24_000) + b"\x00\x10" * 2400
SECRET = "the secret of the meeting"


class Answering(BaseHTTPRequestHandler):
    """One answer to everything."""

    answer: ClassVar[Answer] = (200, b"")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = self.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: it would go to the tests' output."""


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
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[CloudUse]]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    uses: list[CloudUse] = []
    with cloud_use_told_to(uses.append):
        yield uses


def setup(address: str) -> EngineSetup:
    return EngineSetup("cloud", "m", None, "cpu", "float32", 1, endpoint=Endpoint(address, "key", 5.0))


def speak(address: str) -> Speech:
    return OpenAiSpeech(setup(address)).synthesize(SECRET, voice="nova", speed=1.0, seed=0)


def test_speech_is_charged_by_its_characters(address: str, told: list[CloudUse]) -> None:
    Answering.answer = 200, SPOKEN
    speak(address)
    [use] = told
    assert (use.service, use.model, use.outcome) == ("speech", "m", "answered")
    assert use.units == {CloudUnit.CHARACTERS: len(SECRET)}
    assert SECRET not in str(use)


@pytest.mark.parametrize(
    ("status", "outcome"), [(503, CloudOutcome.AWAY), (429, CloudOutcome.AWAY), (401, CloudOutcome.REFUSED)]
)
def test_what_is_not_answered_is_not_charged(
    address: str, told: list[CloudUse], status: int, outcome: CloudOutcome
) -> None:
    Answering.answer = status, SECRET.encode()
    with pytest.raises(SurtitleError):
        speak(address)
    assert [(use.outcome, dict(use.units)) for use in told] == [(outcome, {})]


def test_speech_comes_whether_or_not_anybody_counts_it(address: str) -> None:
    Answering.answer = 200, SPOKEN
    assert len(speak(address).samples) == 2400


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [({"prompt_tokens": 12}, 12.0), (None, None), ("much", None), ({"prompt_tokens": "12"}, None)],
)
def test_embeddings_are_charged_by_what_the_server_says_and_work_whatever_it_says(
    address: str, told: list[CloudUse], usage: object, tokens: float | None
) -> None:
    Answering.answer = (
        200,
        json.dumps({"data": [{"index": 0, "embedding": [3.0, 4.0]}], "usage": usage}).encode(),
    )
    assert OpenAiEmbedder(setup(address)).embed([SECRET], is_query=False).shape == (1, 2)
    assert [use.outcome for use in told] == [CloudOutcome.ANSWERED] + [None] * (tokens is not None)
    assert told[-1].units.get(CloudUnit.INPUT_TOKENS) == tokens


class Capital(AnswerForm):
    name: str


def of_writer(registry: CollectorRegistry) -> dict[str, float]:
    return {
        ".".join(
            sample.labels[name] for name in ("model", "outcome", "unit") if name in sample.labels
        ): sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.value
    }


async def asked(answer: Answer) -> dict[str, float]:
    """What is counted when the endpoint answers so."""
    registry = CollectorRegistry()
    with chat_endpoint(lambda _: answer) as endpoint:
        settings = WritingSettings(
            url=endpoint.url, model="small", api_key=SecretStr("k"), answer_format="text"
        )
        with contextlib.suppress(SurtitleError):
            await OpenAiWriter(settings, CloudMetrics(registry)).write(
                WritingOrder("Name it.", SECRET), Capital
            )
    return of_writer(registry)


async def test_a_writer_is_charged_by_the_tokens_that_it_tells() -> None:
    status, body = completion('{"name": "Paris"}')
    charged = {**json.loads(body), "usage": {"prompt_tokens": 90, "completion_tokens": 5}}
    told = await asked((status, json.dumps(charged).encode()))
    assert told == {"small.answered": 1, "small.input-tokens": 90, "small.output-tokens": 5}


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": -4, "completion_tokens": 5}, "much"])
async def test_a_writer_that_tells_nonsense_of_its_tokens_is_counted_without(usage: object) -> None:
    status, body = completion('{"name": "Paris"}')
    answer = {**json.loads(body), "usage": usage}
    assert await asked((status, json.dumps(answer).encode())) == {"small.answered": 1}


async def test_an_answer_that_is_sent_back_is_a_second_request() -> None:
    assert await asked(completion("no form at all")) == {"small.answered": 2}


@pytest.mark.parametrize(("status", "outcome"), [(500, "away"), (401, "refused")])
async def test_a_writer_that_does_not_answer_is_counted(status: int, outcome: str) -> None:
    assert await asked((status, b"{}")) == {f"small.{outcome}": 1}
