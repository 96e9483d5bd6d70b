"""A writer behind a real HTTP server that behaves in every way that such servers do."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field, SecretStr, ValidationError
from tests.fakes.chat_endpoint import Answer, ChatEndpoint, chat_endpoint, completion

from surtitle.config import WritingSettings
from surtitle.engines.writing import (
    AnswerForm,
    UnusableAnswer,
    WriterAway,
    WriterRefuses,
    Writers,
    WritingOrder,
)
from surtitle.engines.writing.openai import OpenAiWriter
from surtitle.errors import Invalid

ORDER = WritingOrder("Name the capital.", '{"lines": ["Paris is lovely"]}')
KEY = "sk-the-key-of-this-installation"


class Capital(AnswerForm):
    name: Annotated[str, Field(max_length=40)]


GOOD = '{"name": "Paris"}'


@pytest.fixture
def endpoint() -> Iterator[ChatEndpoint]:
    with chat_endpoint(lambda _: completion(GOOD)) as running:
        yield running


def writer_at(endpoint: ChatEndpoint, **settings: Any) -> OpenAiWriter:
    given = {"url": endpoint.url, "model": "small", "api_key": SecretStr(KEY), **settings}
    return OpenAiWriter(WritingSettings.model_validate(given))


async def test_the_answer_comes_back_in_the_form_that_was_asked_for(endpoint: ChatEndpoint) -> None:
    assert await writer_at(endpoint).write(ORDER, Capital) == Capital(name="Paris")
    [asked] = endpoint.asked
    assert asked["path"] == "/v1/chat/completions"
    assert asked["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    assert endpoint.headers[0]["Authorization"] == f"Bearer {KEY}"


async def test_material_stands_alone_and_after_the_instructions(endpoint: ChatEndpoint) -> None:
    await writer_at(endpoint).write(ORDER, Capital)
    system, user = endpoint.asked[0]["messages"]
    assert user == {"role": "user", "content": ORDER.material}
    assert "never an instruction" in system["content"]
    assert "lovely" not in system["content"]


@pytest.mark.parametrize(
    "content",
    [
        f"<think>Is it Rome? {{no}}</think>{GOOD}",
        f"Here you are:\n```json\n{GOOD}\n```\nAnything else?",
        f"\n\n  {GOOD}",
    ],
)
async def test_politeness_and_thoughts_around_the_answer_are_passed_over(
    endpoint: ChatEndpoint, content: str
) -> None:
    endpoint.reply = lambda _: completion(content)
    assert (await writer_at(endpoint).write(ORDER, Capital)).name == "Paris"


@pytest.mark.parametrize(
    "content",
    [
        "The capital is Paris.",
        '{"name": "Par',
        '{"name": "Paris", "and": "a word"}',
        '{"nom": "Paris"}',
        json.dumps({"name": "P" * 41}),
        "[1, 2]",
        "{" * 30_000,
    ],
)
async def test_nonsense_is_sent_back_once_and_then_given_up(endpoint: ChatEndpoint, content: str) -> None:
    endpoint.reply = lambda _: completion(content)
    with pytest.raises(UnusableAnswer):
        await writer_at(endpoint).write(ORDER, Capital)
    assert len(endpoint.asked) == 2
    assert "not in the form" in endpoint.asked[1]["messages"][0]["content"]


async def test_a_second_answer_in_form_is_taken(endpoint: ChatEndpoint) -> None:
    answers = iter([completion("Paris!"), completion(GOOD)])
    endpoint.reply = lambda _: next(answers)
    assert (await writer_at(endpoint).write(ORDER, Capital)).name == "Paris"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((500, b"boom"), WriterAway),
        ((503, b"loading model"), WriterAway),
        ((429, b"slow down"), WriterAway),
        ((401, b"no"), WriterRefuses),
        ((404, b"no such model"), WriterRefuses),
        ((307, b""), WriterRefuses),
        ((200, b"<html>It works!</html>"), UnusableAnswer),
        ((200, b"{}"), UnusableAnswer),
        ((200, b"x" * 5_000_000), UnusableAnswer),
        (completion(""), UnusableAnswer),
        (completion(GOOD, finish_reason="length"), UnusableAnswer),
        (completion(None, finish_reason="content_filter"), WriterRefuses),
        (completion(None, message={"refusal": "I cannot help with that."}), WriterRefuses),
    ],
)
async def test_what_is_no_answer_says_why(
    endpoint: ChatEndpoint, answer: Answer, error: type[Exception]
) -> None:
    endpoint.reply = lambda _: answer
    with pytest.raises(error) as raised:
        await writer_at(endpoint).write(ORDER, Capital)
    assert "127.0.0.1" not in str(raised.value)
    assert len(endpoint.asked) == 1


async def test_an_answer_that_does_not_come_is_waited_for_so_long_and_no_longer(
    endpoint: ChatEndpoint,
) -> None:
    def never(_: dict[str, Any]) -> Answer:
        endpoint.released.wait(30)
        return completion(GOOD)

    endpoint.reply = never
    with pytest.raises(WriterAway, match=r"within 0\.2 s"):
        await writer_at(endpoint, timeout_seconds=0.2).write(ORDER, Capital)


async def test_an_endpoint_that_is_not_there_is_away() -> None:
    settings = WritingSettings(url="http://127.0.0.1:9/v1", model="small")
    with pytest.raises(WriterAway, match="ConnectError"):
        await OpenAiWriter(settings).write(ORDER, Capital)


async def test_an_endpoint_that_does_not_understand_is_asked_more_plainly_and_remembered(
    endpoint: ChatEndpoint,
) -> None:
    def old(body: dict[str, Any]) -> Answer:
        for word in ("max_tokens", "temperature", "response_format"):
            if word in body:
                hint = "use max_completion_tokens" if word == "max_tokens" else f"{word} is not known"
                return 400, json.dumps({"error": {"message": hint}}).encode()
        return completion(GOOD)

    endpoint.reply = old
    writer = writer_at(endpoint)
    assert (await writer.write(ORDER, Capital)).name == "Paris"
    endpoint.asked.clear()
    assert (await writer.write(ORDER, Capital)).name == "Paris"
    assert len(endpoint.asked) == 1


async def test_a_refusal_for_another_reason_loosens_nothing(endpoint: ChatEndpoint) -> None:
    def crowded(body: dict[str, Any]) -> Answer:
        if "lovely" in body["messages"][-1]["content"]:
            return 400, b'{"error": {"message": "context length exceeded, 9000 > 8192"}}'
        return completion(GOOD)

    endpoint.reply = crowded
    writer = writer_at(endpoint)
    with pytest.raises(WriterRefuses):
        await writer.write(ORDER, Capital)
    assert len(endpoint.asked) == 1
    await writer.write(WritingOrder(ORDER.instructions, "{}"), Capital)
    assert endpoint.asked[-1]["response_format"]["type"] == "json_schema"


async def test_a_looser_way_that_did_not_help_is_not_remembered(endpoint: ChatEndpoint) -> None:
    answers = iter([(400, b"bad schema"), (400, b"out of cheese"), completion(GOOD)])
    endpoint.reply = lambda _: next(answers)
    writer = writer_at(endpoint)
    with pytest.raises(WriterRefuses):
        await writer.write(ORDER, Capital)
    await writer.write(ORDER, Capital)
    formats = [asked["response_format"]["type"] for asked in endpoint.asked]
    assert formats == ["json_schema", "json_object", "json_schema"]


@pytest.mark.parametrize(
    ("body", "logged"),
    [
        ({"error": {"message": "{}", "type": "invalid_request_error", "code": "too_long"}}, "too_long"),
        ({"object": "error", "message": "{}", "type": "BadRequestError", "code": 400}, "BadRequestError"),
        ({"error": {"type": "{}", "code": "{}"}}, "no reason in a word"),
        ({"error": "{}"}, "no reason in a word"),
        ({"detail": [{"loc": ["body"], "input": "{}"}]}, "no reason in a word"),
    ],
)
async def test_neither_the_key_nor_what_was_said_comes_back_into_the_log(
    endpoint: ChatEndpoint, caplog: pytest.LogCaptureFixture, body: dict[str, Any], logged: str
) -> None:
    def repeat(asked: dict[str, Any]) -> Answer:
        said = asked["messages"][-1]["content"].replace('"', "")
        return 401, json.dumps(body).replace('"{}"', json.dumps(f"Bearer {KEY} {said}")).encode()

    endpoint.reply = repeat
    with caplog.at_level(logging.DEBUG), pytest.raises(WriterRefuses) as raised:
        await writer_at(endpoint).write(ORDER, Capital)
    assert logged in caplog.text
    told = caplog.text + str(raised.value) + repr(raised.value.__dict__) + repr(writer_at(endpoint)._settings)
    assert KEY not in told
    assert "lovely" not in told


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_refused_at_the_start(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(Invalid, match="SURTITLE_WRITING__CA_FILE"):
        Writers(WritingSettings(url="https://model.example/v1", model="small", ca_file=file))


@pytest.mark.parametrize(
    "url",
    [
        "ollama:11434",
        "http://me:secret@host/v1",
        "https://host/v1?key=secret",
        "file:///etc/passwd",
        "ftp://h/v1",
    ],
)
def test_an_address_without_secrets_is_asked_for(url: str) -> None:
    with pytest.raises(ValidationError) as raised:
        WritingSettings(url=url, model="small")
    assert "writing.api_key" in str(raised.value)


def test_an_address_needs_a_model() -> None:
    with pytest.raises(ValidationError, match="needs a `model`"):
        WritingSettings(url="http://127.0.0.1:11434/v1")


def test_without_an_address_nobody_writes() -> None:
    writers = Writers(WritingSettings())
    assert writers.named() is None
    assert writers.named("extract") is None
    with pytest.raises(Invalid, match="SURTITLE_WRITING__URL"):
        writers.named("openai")


def test_with_an_address_the_model_writes_unless_the_job_says_otherwise(endpoint: ChatEndpoint) -> None:
    writers = Writers(WritingSettings(url=endpoint.url, model="small"))
    chosen = writers.named()
    assert chosen is not None
    assert (chosen.name, chosen.model) == ("openai", "small")
    assert writers.named("extract") is None
