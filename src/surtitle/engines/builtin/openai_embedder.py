"""Texts as numbers by a server that speaks OpenAI's /embeddings: Ollama, vLLM, a hosted one.

https://platform.openai.com/docs/api-reference/embeddings/create
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from surtitle.domain.cloud import CloudService, CloudUnit, CloudUse
from surtitle.engines.cloud import counted, tell_cloud_use
from surtitle.engines.protocols import Endpoint, EngineSetup
from surtitle.errors import Unavailable

_BATCH = 64
# An answer of this size holds 64 rows of 8,192 numbers, written out: nobody's embeddings are longer.
_MOST_BYTES = 16 * 1024**2
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class EmbedderAway(Unavailable):
    """The server does not answer, or answers what is no embedding. Its own words are not repeated."""

    slug = "embedder-away"


class EmbedderRefuses(Unavailable):
    """The server understands us and says no: asking again changes nothing."""

    slug = "embedder-refuses"
    passing = False


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")

    index: int
    embedding: list[FiniteFloat]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    data: list[_Row]
    usage: Any = None


class OpenAiEmbedder:
    """The engine `openai`. Built as `TextEmbedder(setup)`; `setup.endpoint` says where and with which key."""

    def __init__(self, setup: EngineSetup) -> None:
        assert setup.endpoint is not None
        self.embedder = f"openai:{setup.model}"
        self._model = setup.model
        self._client = _client(setup.endpoint)

    def embed(self, texts: Sequence[str], *, is_query: bool) -> NDArray[np.float32]:
        rows = [self._rows(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        found = np.concatenate(rows) if rows else np.zeros((0, 0), dtype=np.float32)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)

    def _rows(self, texts: Sequence[str]) -> NDArray[np.float32]:
        # An empty text is an error there; a space means as little.
        body = {"model": self._model, "input": [text or " " for text in texts], "encoding_format": "float"}
        try:
            with counted(CloudService.EMBEDDINGS, self._model):
                content = self._asked(body)
            answer = _Answer.model_validate_json(content)
        except ValidationError:
            raise EmbedderAway(f"{self._about} answered, but not with embeddings.") from None
        self._tell_charge(answer.usage)
        return self._in_order(answer, len(texts))

    def _tell_charge(self, usage: object) -> None:
        # Many servers say nothing of it, and what they say wrongly spoils no embedding.
        tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
        if isinstance(tokens, int):
            units = {CloudUnit.INPUT_TOKENS: float(tokens)}
            tell_cloud_use(CloudUse(CloudService.EMBEDDINGS, self._model, None, units))

    def _in_order(self, answer: _Answer, count: int) -> NDArray[np.float32]:
        rows = sorted(answer.data, key=lambda row: row.index)
        lengths = {len(row.embedding) for row in rows}
        if [row.index for row in rows] != list(range(count)) or len(lengths) != 1:
            raise EmbedderAway(f"{self._about} answered, but not with one embedding for each text.")
        return np.array([row.embedding for row in rows], dtype=np.float32)

    def _asked(self, body: dict[str, Any]) -> bytes:
        try:
            with self._client.stream("POST", "embeddings", json=body) as answer:
                self._refuse(answer.status_code)
                return self._content(answer)
        except httpx.HTTPError as error:
            raise EmbedderAway(f"{self._about} cannot be reached ({type(error).__name__}).") from None

    def _content(self, answer: httpx.Response) -> bytes:
        content = bytearray()
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > _MOST_BYTES:
                raise EmbedderAway(f"{self._about} answered with more than embeddings take.")
        return bytes(content)

    def _refuse(self, status: int) -> None:
        if status == HTTPStatus.OK:
            return
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise EmbedderAway(f"{self._about} is out of order or has no room (HTTP {status}).")
        raise EmbedderRefuses(
            f"{self._about} refuses (HTTP {status}). Look at SURTITLE_EMBEDDINGS__MODEL and "
            "SURTITLE_EMBEDDINGS__API_KEY."
        )

    @property
    def _about(self) -> str:
        return f"The server that embeds texts (SURTITLE_EMBEDDINGS__URL, model {self._model})"


def _client(endpoint: Endpoint) -> httpx.Client:
    headers = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
    return httpx.Client(base_url=f"{endpoint.url}/", headers=headers, timeout=endpoint.timeout_seconds)
