"""What an endpoint sent back, read with suspicion."""

import json
import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from surtitle.domain.cloud import CloudUnit
from surtitle.engines.writing.errors import UnusableAnswer, WriterRefuses
from surtitle.engines.writing.writer import FormT

# Reasoning models think aloud before they answer; what they think is no answer.
_THOUGHTS = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_JSON = json.JSONDecoder()
# `context_length_exceeded`, `BadRequestError`: one word repeats nothing, and no key has letters alone.
_FAULT_NAME = re.compile(r"[A-Za-z_]{1,60}")


class NotInForm(Exception):
    """The text is not the form that was asked for. `fault` says why in our own words: the model's could be
    anybody's, and they are shown to it and to people.
    """

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    model_config = ConfigDict(extra="ignore")

    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    model_config = ConfigDict(extra="ignore")

    prompt_tokens: int = Field(0, ge=0)
    completion_tokens: int = Field(0, ge=0)


class _Charged(BaseModel):
    model_config = ConfigDict(extra="ignore")

    usage: _Usage


class _Completion(BaseModel):
    model_config = ConfigDict(extra="ignore")

    choices: list[_Choice] = Field(min_length=1)


def content_of(body: bytes, model: str) -> str:
    """The text that the model wrote. Raises `UnusableAnswer` and `WriterRefuses`."""
    try:
        choice = _Completion.model_validate_json(body).choices[0]
    except ValidationError:
        raise UnusableAnswer(model, "the endpoint does not answer as a chat completion") from None
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise WriterRefuses(model, "it will not write about this")
    if choice.finish_reason == "length":
        raise UnusableAnswer(model, "it did not come to an end; raise SURTITLE_WRITING__ANSWER_TOKENS")
    if not choice.message.content:
        raise UnusableAnswer(model, "it is empty")
    return choice.message.content


def units_of(body: bytes) -> dict[CloudUnit, float]:
    """What the answer is charged by; empty where the endpoint does not say."""
    try:
        usage = _Charged.model_validate_json(body).usage
    except ValidationError:
        return {}
    return {CloudUnit.INPUT_TOKENS: usage.prompt_tokens, CloudUnit.OUTPUT_TOKENS: usage.completion_tokens}


def fault_of(body: bytes) -> str:
    """How the endpoint calls what is wrong, in a word or two; empty where it only says it in sentences."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    fault = told.get("error", told) if isinstance(told, dict) else None
    if not isinstance(fault, dict):
        return ""
    names = (fault.get("type"), fault.get("code"))
    return ", ".join(name for name in names if isinstance(name, str) and _FAULT_NAME.fullmatch(name))


def in_form(content: str, form: type[FormT]) -> FormT:
    """The first JSON object in `content` as `form`. Raises `NotInForm`."""
    try:
        return form.model_validate(_first_object(_THOUGHTS.sub("", content)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if first["type"] == "extra_forbidden":
            raise NotInForm("it has fields that the form has not") from None
        where = ".".join(str(part) for part in first["loc"])
        raise NotInForm(f"{where or 'the object'}: {first['msg']}") from None


def _first_object(text: str) -> Any:
    """Models put fences and politeness around what was asked for."""
    start = text.find("{")
    if start < 0:
        raise NotInForm("there is no JSON object in it")
    try:
        found, _end = _JSON.raw_decode(text, start)
    except (ValueError, RecursionError):
        raise NotInForm("it is not whole JSON") from None
    return found
