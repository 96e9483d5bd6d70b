"""Webhooks: how they are delivered, and when one that fails is given up."""

from typing import Annotated

from pydantic import Field

from surtitle.config.group import Group

_DAY = 86_400.0


class WebhookSettings(Group):
    """Events told to the projects' own servers; see docs/user/webhooks.md."""

    seconds: float = Field(15.0, gt=0, le=120, description="How long a server may take to answer.")
    retry_delays_seconds: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0, 21_600.0, 36_000.0),
        description="Waits before each new try of a delivery that failed: about a day in all. Each is made "
        "up to a fifth longer or shorter by chance.",
    )
    disable_after_seconds: float = Field(
        5 * _DAY, gt=0, description="A webhook that has only failed for so long is disabled."
    )
    disable_after_failures: int = Field(
        10, ge=1, description="Not before so many failures in a row, all the same."
    )
    keep_days: float = Field(30.0, gt=0, description="How long what was delivered, or was not, is shown.")
    most_of_project: int = Field(20, ge=0, description="Webhooks that a project may have. 0: none at all.")
    at_once: int = Field(16, ge=1, description="Deliveries that one worker process does at a time.")
    of_one_at_once: int = Field(4, ge=1, description="Of all processes' deliveries, most to one webhook.")
    of_project_at_once: int = Field(8, ge=1, description="Of these, most to all webhooks of one project.")
    poll_seconds: float = Field(1.0, gt=0, description="How soon an event is on its way.")
