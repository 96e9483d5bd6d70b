"""Speech by a server that speaks OpenAI's /audio/speech: OpenAI's own, or one of many like it.

https://developers.openai.com/api/reference/resources/audio/subresources/speech/methods/create
"""

import re
from http import HTTPStatus
from typing import Any

import httpx

from surtitle.domain.cloud import CloudService, CloudUnit
from surtitle.engines.builtin.spoken_text import require_sayable, require_speed
from surtitle.engines.builtin.wav_speech import NotSpeech, read_wav
from surtitle.engines.cloud import counted
from surtitle.engines.protocols import Endpoint, EngineSetup, Speech
from surtitle.errors import Invalid, Unavailable

# Ten minutes of 48 kHz in mono: nobody says a sentence for so long.
_MOST_BYTES = 64 * 1024**2
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
_VOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class SpeechServerAway(Unavailable):
    """The server does not answer, or answers what is no speech. Its own words are not repeated."""

    slug = "speech-server-away"


class SpeechServerRefuses(Unavailable):
    """The server understands us and says no: asking again changes nothing."""

    slug = "speech-server-refuses"
    passing = False


class OpenAiSpeech:
    """The engine `openai-speech`. `setup.endpoint` says where and with which key. What the same text
    sounds like is up to the server: `seed` changes nothing.
    """

    def __init__(self, setup: EngineSetup) -> None:
        assert setup.endpoint is not None
        self._model = setup.model
        self._client = _client(setup.endpoint)

    def synthesize(self, text: str, *, voice: str | None, speed: float, seed: int) -> Speech:
        require_speed(speed)
        if voice is None or not _VOICE.fullmatch(voice):
            raise Invalid(f"{(voice or '')[:60]!r} is not the name of a voice.", field="voice")
        body = {
            "model": self._model,
            "input": require_sayable(text),
            "voice": voice,
            "response_format": "wav",
            "speed": speed,
        }
        try:
            with counted(CloudService.SPEECH, self._model, {CloudUnit.CHARACTERS: float(len(text))}):
                content = self._asked(body)
            return read_wav(content)
        except NotSpeech as error:
            raise SpeechServerAway(f"{self._about} answered, but not with speech ({error}).") from None

    def _asked(self, body: dict[str, Any]) -> bytes:
        try:
            with self._client.stream("POST", "audio/speech", json=body) as answer:
                self._refuse(answer.status_code)
                return self._content(answer)
        except httpx.HTTPError as error:
            raise SpeechServerAway(f"{self._about} cannot be reached ({type(error).__name__}).") from None

    def _content(self, answer: httpx.Response) -> bytes:
        content = bytearray()
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > _MOST_BYTES:
                raise SpeechServerAway(f"{self._about} answered with more than a sentence takes.")
        return bytes(content)

    def _refuse(self, status: int) -> None:
        if status == HTTPStatus.OK:
            return
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise SpeechServerAway(f"{self._about} is out of order or has no room (HTTP {status}).")
        raise SpeechServerRefuses(
            f"{self._about} refuses (HTTP {status}). Look at SURTITLE_SPEECH__MODEL, SURTITLE_SPEECH__VOICE "
            "and SURTITLE_SPEECH__API_KEY."
        )

    @property
    def _about(self) -> str:
        return f"The server that speaks (SURTITLE_SPEECH__URL, model {self._model})"


def _client(endpoint: Endpoint) -> httpx.Client:
    headers = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
    return httpx.Client(base_url=f"{endpoint.url}/", headers=headers, timeout=endpoint.timeout_seconds)
