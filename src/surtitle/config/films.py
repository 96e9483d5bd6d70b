"""Films: how large they may be, and where they are made."""

from typing import Literal

from pydantic import Field

from surtitle.config.group import Group
from surtitle.config.work import QueueName


class FilmSettings(Group):
    """Films from a prompt or a recording."""

    largest: Literal["360p", "480p", "720p", "1080p", "1440p", "2160p"] = Field(
        "1080p", description="The largest resolution that may be asked for; 2160p takes four times the time."
    )
    queue: QueueName = Field(
        "cpu", description="Queue of films whose engine computes on a GPU: `gpu` where workers with GPUs are."
    )
    loudness_lufs: float = Field(
        -16.0,
        ge=-36,
        le=-8,
        description="How loud films are made (EBU R 128, integrated); broadcasters want -23.",
    )
