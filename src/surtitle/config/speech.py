"""Voices: which engine speaks, and how much it may be asked at once."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator

from surtitle.config.group import Group
from surtitle.domain.web_addresses import origin_of

VoiceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class SpeechSettings(Group):
    """Text into speech. `url` and what follows are for the engine `openai-speech`."""

    engine: str = Field(
        "auto",
        description="`hibari`, `kokoro`, `espeak`, `openai-speech`; `auto` takes the best of the first three "
        "that is installed and knows the language.",
    )
    align: bool = Field(
        True,
        description="Find when each word is spoken by listening with the installed Whisper model; off, or "
        "without one, times are shared out by the length of words.",
    )
    most_characters: int = Field(
        4096, ge=1, le=1_000_000, description="The longest text of a request to `/v1/audio/speech`."
    )
    most_waiting: int = Field(
        8, ge=1, description="Requests to `/v1/audio/speech` at once in a process; more are refused (429)."
    )
    url: str | None = Field(
        None,
        description="A server with OpenAI's `/audio/speech` (`https://HOST/v1`): what is to be said is sent "
        "there by the engine `openai-speech`.",
    )
    model: str = Field("gpt-4o-mini-tts", min_length=1, max_length=200, description="The model's name there.")
    voice: VoiceName = Field("alloy", description="The voice there, where nobody names one.")
    api_key: SecretStr | None = Field(None, min_length=1, description="Sent as a bearer token.")
    timeout_seconds: float = Field(60.0, gt=0, le=3600, description="How long a sentence may take there.")

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if not url:
            return None
        parts = urlsplit(url)
        if origin_of(url) is None or parts.query or parts.fragment:
            raise ValueError(
                "write it as http://HOST:PORT/v1 or https://HOST/v1, without user, password or query; "
                "a key belongs into speech.api_key"
            )
        return url.rstrip("/")
