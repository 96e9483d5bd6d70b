"""Who writes minutes and answers: nobody but us, or a language model behind an endpoint."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from surtitle.config.addresses import endpoint_url
from surtitle.config.group import Group


class WritingSettings(Group):
    """A language model behind an OpenAI-compatible endpoint: Ollama, vLLM, a hosted one. Needs a `url`."""

    url: Annotated[str | None, AfterValidator(partial(endpoint_url, api_key="writing.api_key"))] = Field(
        None,
        description="Where it answers (`http://127.0.0.1:11434/v1`); transcripts are sent there. Unset: "
        "nothing is sent anywhere, and minutes are made of the transcript's own sentences.",
    )
    model: str | None = Field(None, min_length=1, max_length=200, description="The model's name there.")
    api_key: SecretStr | None = Field(None, min_length=1, description="Sent as a bearer token.")
    ca_file: Path | None = Field(
        None, description="Certificates that the endpoint's must be signed by; default: those of the system."
    )
    timeout_seconds: float = Field(
        300.0,
        gt=0,
        le=3600,
        description="How long one answer may take; a CPU reads about 50 tokens a second.",
    )
    context_tokens: int = Field(
        8192,
        ge=2048,
        le=1_000_000,
        description="What the model takes at once, with its answer; longer meetings are read in sections.",
    )
    answer_tokens: int = Field(2048, ge=256, le=65_536, description="The most that it may write at once.")
    answer_format: Literal["auto", "json_schema", "json_object", "text"] = Field(
        "auto", description="How it is held to a schema; `auto` finds the strictest way that it understands."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.url is not None and self.model is None:
            raise ValueError("a `url` needs a `model`")
        if self.answer_tokens * 2 > self.context_tokens:
            raise ValueError("`answer_tokens` may be half of `context_tokens` at most")
        return self
