"""fal's queue over HTTP: https://fal.ai/docs/documentation/model-apis/inference/queue

Not by fal's own client: that asks again when an answer does not come, and fal has no idempotency key, so a
clip could be made and paid twice. Here every call is made once, and says what is known afterwards.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
from pydantic import JsonValue, TypeAdapter, ValidationError

from surtitle.domain.web_addresses import origin_of
from surtitle.engines.protocols import Endpoint
from surtitle.engines.video_errors import (
    AnswerLost,
    FalAway,
    FalFailed,
    FalRefusesFilm,
    FalRefusesUs,
    FalResultGone,
)

_QUEUE = "https://queue.fal.run"
_LISTING = "https://api.fal.ai/v1"
_MOST_BYTES = 16 * 1024**2
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_ERROR_TYPE = re.compile(r"[a-z][a-z_]{2,60}")
# To a request that is done (ALREADY_COMPLETED), and to one that fal knows no more.
_TOO_LATE = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_NAMESPACES = ("workflows", "comfy")
# Two machines' clocks, and the time that a request takes to reach the list.
_CLOCKS_APART = timedelta(minutes=2)
# The input is kept, so that a request whose answer was lost can be found by it, and its result stays longer.
_KEPT = {"X-Fal-Store-IO": "1"}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request that fal has taken. `place` is where it is asked about."""

    model: str
    request_id: str
    place: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands. `error_type` is fal's own name for what went wrong, None where nothing did."""

    state: str
    failed: bool = False
    error_type: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A finished clip: where its file lies, and how many of the model's units it is charged as."""

    url: str
    billable_units: float | None = None


class FalQueue:
    """One account's queue at `origin`. Of all methods: `FalAway` where it does not answer, `FalRefusesUs`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._url = endpoint.url
        self.origin = origin_of(endpoint.url)
        self._client = httpx.Client(
            headers={"Authorization": f"Key {endpoint.api_key}"},
            timeout=httpx.Timeout(60, connect=10),
            follow_redirects=False,
        )

    def submit(self, model: str, arguments: Mapping[str, Any]) -> Ticket:
        """Ask for a clip, once. Raises `AnswerLost` when fal may have taken it all the same, `FalRefusesFilm`
        and the others when it certainly has not.
        """
        try:
            answer = self._answer("POST", f"{self._url}/{model}", json=dict(arguments), headers=_KEPT)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
        ) as error:
            # Not a byte of it has left.
            raise FalAway(f"fal cannot be reached ({type(error).__name__}).") from None
        except httpx.HTTPError as error:
            raise AnswerLost(type(error).__name__) from None
        told = _object(answer)
        request_id = _request_id(told)
        if answer.is_success and request_id is not None:
            return self._ticket(model, request_id, str(told.get("response_url")))
        if answer.is_server_error or answer.is_success or answer.status_code == HTTPStatus.REQUEST_TIMEOUT:
            raise AnswerLost(f"HTTP {answer.status_code}")
        raise _refusal(answer, model)

    def _ticket(self, model: str, request_id: str, place: str) -> Ticket:
        known = self.ticket(model, request_id)
        # The key goes along: to nobody but whom the operator named.
        is_theirs = origin_of(place) == self.origin and place.endswith(f"/requests/{request_id}")
        return replace(known, place=place) if is_theirs else known

    def ticket(self, model: str, request_id: str) -> Ticket:
        """The ticket of a request that is known by its number alone."""
        parts = model.split("/")
        owner_and_app = parts[:3] if parts[0] in _NAMESPACES else parts[:2]
        return Ticket(model, request_id, f"{self._url}/{'/'.join(owner_and_app)}/requests/{request_id}")

    def standing(self, ticket: Ticket) -> Standing | None:
        """How the request stands, None where fal does not know it."""
        with _reachable():
            answer = self._answer("GET", f"{ticket.place}/status")
        if answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return None
        if not answer.is_success:
            raise _refusal(answer, ticket.model)
        told = _object(answer)
        failed = bool(told.get("error") or told.get("error_type"))
        return Standing(str(told.get("status")), failed, _error_type(told))

    def result(self, ticket: Ticket) -> Made:
        """What a completed request made. Raises `FalResultGone`, `FalRefusesFilm`, or `FalFailed` when the
        model broke, which is not charged.
        """
        with _reachable():
            answer = self._answer("GET", ticket.place)
        if answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise FalResultGone(ticket.model, ticket.request_id)
        if answer.is_server_error and not _says_why(answer):
            raise FalAway(f"fal is out of order (HTTP {answer.status_code}).")
        if answer.is_server_error:
            raise FalFailed(
                f"fal's {ticket.model} broke ({_error_type(_object(answer)) or 'no reason told'})."
            )
        if not answer.is_success:
            raise _refusal(answer, ticket.model)
        url = _file_url(_object(answer))
        if url is None:
            raise FalRefusesFilm(f"fal's {ticket.model} answered without a video; it makes something else.")
        return Made(url, _number(answer.headers.get("x-fal-billable-units")))

    def cancel(self, ticket: Ticket) -> bool:
        """Call a request off; whether fal had not begun it yet and has dropped it."""
        with _reachable():
            answer = self._answer("PUT", f"{ticket.place}/cancel")
        if not answer.is_success and answer.status_code not in _TOO_LATE:
            raise _refusal(answer, ticket.model)
        return answer.status_code == HTTPStatus.OK and _object(answer).get("status") == "OK"

    def find(self, model: str, arguments: Mapping[str, Any], since: datetime) -> Ticket | None:
        """A request for just this that was sent since then. None where there is none, or several whose
        pictures cannot be compared. Raises `FalRefusesUs` where the key may not list.

        https://fal.ai/docs/platform-apis/v1/models/requests/by-endpoint
        """
        listing = _LISTING if self._url == _QUEUE else f"{self._url}/v1"
        start = since - _CLOCKS_APART
        asked = {"endpoint_id": model, "start": start.isoformat(), "expand": "payloads", "limit": "100"}
        with _reachable():
            answer = self._answer("GET", f"{listing}/models/requests/by-endpoint", params=asked)
        if not answer.is_success:
            raise _refusal(answer, model)
        since_then = [item for item in _list(_object(answer).get("items")) if _is_since(item, start)]
        found = [item for item in since_then if _is_for(item, arguments, pictures_too=True)]
        if not found:
            # A picture was sent along as what it is; fal may list the place where it has laid it.
            alike = [item for item in since_then if _is_for(item, arguments, pictures_too=False)]
            found = alike if len(alike) == 1 else []
        request_id = _request_id(found[0]) if found else None
        return None if request_id is None else self.ticket(model, request_id)

    def _answer(self, method: str, url: str, **asked: Any) -> httpx.Response:
        """The whole answer, of a size that an answer has."""
        with self._client.stream(method, url, **asked) as answer:
            content = bytearray()
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > _MOST_BYTES:
                    raise httpx.DecodingError("more than an answer of fal holds", request=answer.request)
        return httpx.Response(answer.status_code, headers=_plain(answer.headers), content=bytes(content))


def _plain(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith("x-fal-")}


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise FalAway(f"fal cannot be reached ({type(error).__name__}).") from None


def _refusal(answer: httpx.Response, model: str) -> Exception:
    status = answer.status_code
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN}:
        return FalRefusesUs(
            f"fal refuses (HTTP {status}): the key in SURTITLE_FAL__API_KEY is wrong or lacks the scope API, "
            "or the account has nothing left. Look at fal's dashboard."
        )
    if status == HTTPStatus.NOT_FOUND:
        return FalRefusesUs(f"fal has no model {model}. Look at SURTITLE_FAL__MODEL.")
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT} or answer.is_server_error:
        return FalAway(f"fal is out of order or has no room (HTTP {status}).")
    why = _error_type(_object(answer)) or f"HTTP {status}"
    return FalRefusesFilm(
        f"fal's {model} will not make this film ({why}). Change the prompt.", field="prompt"
    )


def _request_id(told: Mapping[str, Any]) -> str | None:
    number = told.get("request_id")
    return number if isinstance(number, str) and _REQUEST_ID.fullmatch(number) else None


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = _JSON.validate_json(answer.content)
    except ValidationError:
        return {}
    return told if isinstance(told, dict) else {}


def _list(told: object) -> list[dict[str, Any]]:
    return [item for item in told if isinstance(item, dict)] if isinstance(told, list) else []


def _says_why(answer: httpx.Response) -> bool:
    """Whether the model's own failure is told, and not that of something on the way."""
    return bool(_object(answer).keys() & {"detail", "error_type"})


def _error_type(told: Mapping[str, Any]) -> str | None:
    """The name of an error, of the platform (`error_type`) or of the model (`detail[].type`)."""
    named = [told.get("error_type"), *(item.get("type") for item in _list(told.get("detail")))]
    return next((name for name in named if isinstance(name, str) and _ERROR_TYPE.fullmatch(name)), None)


def _file_url(told: Mapping[str, Any]) -> str | None:
    video = told.get("video") or next(iter(_list(told.get("videos"))), None)
    url = video.get("url") if isinstance(video, dict) else video
    return url if isinstance(url, str) else None


def _is_since(item: Mapping[str, Any], start: datetime) -> bool:
    sent_at = _time(item.get("sent_at"))
    return _request_id(item) is not None and sent_at is not None and sent_at >= start


def _is_for(item: Mapping[str, Any], arguments: Mapping[str, Any], *, pictures_too: bool) -> bool:
    told = item.get("json_input")
    if not isinstance(told, dict):
        return False
    return all(
        told.get(name) == sent or (not pictures_too and _is_laid(told.get(name), sent))
        for name, sent in arguments.items()
    )


def _is_laid(told: object, sent: object) -> bool:
    return isinstance(sent, str) and sent.startswith("data:") and str(told).startswith("https:")


def _time(told: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _number(told: str | None) -> float | None:
    try:
        return float(told) if told is not None else None
    except ValueError:
        return None
