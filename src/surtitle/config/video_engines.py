"""The video engines that need a server, or weights of one's own."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator

from surtitle.config.group import Group
from surtitle.domain.web_addresses import is_confidential, origin_of

FalModelName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){1,7}$")
]


class FalSettings(Group):
    """Films by fal.ai's models: the engine `fal`. Prompts are sent there, and every clip costs money."""

    api_key: SecretStr | None = Field(
        None, min_length=1, description="A key of fal's with the scope API. Without it the engine is off."
    )
    url: str = Field(
        "https://queue.fal.run", description="Where its queue answers: its own, or a gateway of yours."
    )
    model: FalModelName = Field("fal-ai/ltx-video-13b-distilled", description="For films that name no model.")
    models: tuple[FalModelName, ...] = Field(
        (), description="Further models that people may name. They differ much in what they cost."
    )
    timeout_seconds: float = Field(
        3600.0, ge=60, le=86_400, description="How long a clip may take; then it is called off."
    )

    @field_validator("url")
    @classmethod
    def _is_a_safe_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if origin_of(url) is None or parts.query or parts.fragment or not is_confidential(url):
            raise ValueError(
                "write it as https://HOST, without user, password or query; the key belongs into "
                "fal.api_key, and goes over plain http to this machine only"
            )
        return url.rstrip("/")


class DiffusersSettings(Group):
    """Films by LTX-Video, Wan or CogVideoX on this machine: the engine `diffusers`."""

    model: str | None = Field(
        None,
        min_length=1,
        description="Its folder's name in `models.folder` or `models.directory`, for films that name none.",
    )
    steps: int | None = Field(
        None,
        ge=1,
        le=200,
        description="Denoising steps. Default: what suits the family; 8 suit distilled models.",
    )
    guidance: float | None = Field(
        None,
        ge=0,
        le=30,
        description="How closely prompts are followed. Default: by family; 1 suits distilled models.",
    )
