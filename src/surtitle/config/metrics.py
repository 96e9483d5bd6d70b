"""Figures for Prometheus: who tells them, and what it takes to judge them."""

import re
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from surtitle.config.group import Group
from surtitle.domain.cloud import CloudService, CloudUnit

Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
HostAndPort = Annotated[
    str, StringConstraints(pattern=r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253}):[0-9]{1,5}$")
]
_SERVICE = re.compile(rf"({'|'.join(CloudService)})(/.{{1,80}})?")


class MetricsSettings(Group):
    """What Prometheus is told of, beside `/metrics` of the server (`server.metrics_token`)."""

    worker_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Where a worker answers `/metrics`, with `server.metrics_token` as its bearer token; "
        "with several processes, on this port and those after it. Unset: nowhere.",
    )
    worker_host: str = Field(
        "127.0.0.1",
        description="The address that goes with it; loopback only where there is no `server.metrics_token`.",
    )
    fresh_seconds: float = Field(
        10.0,
        ge=0,
        le=300,
        description="How old figures of the whole installation may be before they are read again.",
    )
    patience_seconds: float = Field(
        4.0, gt=0, le=60, description="How long an answer waits for them; then it goes without."
    )
    storage_capacity_bytes: int | None = Field(
        None, ge=1, description="What the store can hold. Default: the disk's size where it is a folder."
    )
    cloud_prices: dict[str, dict[CloudUnit, Price]] = Field(
        default={},
        description="What servers of others charge for a unit, in your currency: "
        '`{"writing": {"input-tokens": 0.000001}, "fal/fal-ai/ltx-video": {"billable-units": 0.02}}`.',
    )
    daily_cloud_budget: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="What they may charge in a day before an alert says so."
    )
    certificate_address: HostAndPort | None = Field(
        None,
        description="`HOST:PORT` whose certificate is looked at for the name in `server.public_url`. "
        "Default: that name and its port, where it is https and not this machine alone.",
    )

    @model_validator(mode="after")
    def _prices_of_services(self) -> Self:
        for name in self.cloud_prices:
            if not _SERVICE.fullmatch(name):
                raise ValueError(
                    f"`cloud_prices` knows no service {name[:60]!r}; write one of {', '.join(CloudService)}, "
                    "alone or with `/` and a model"
                )
        return self
