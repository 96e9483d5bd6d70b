"""What a project may still use, told with every answer that accepts work."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.usage.quotas import Left

MINUTES_LEFT = "X-Quota-Minutes-Left"
"""Also for dialects, whose documents have no place for it. Left out where nothing limits the minutes."""


class LeftTeller:
    """Looks up what is left once the work is accepted, and puts it into the answer's header."""

    def __init__(self, use: Services, response: Response) -> None:
        self._use = use
        self._response = response

    async def __call__(self, project_id: UUID) -> Left | None:
        """What is left; None in a personal installation, where nothing is limited."""
        if self._use.settings.server.auth == "personal":
            return None
        left = await self._use.usage.left(project_id)
        if left.minutes is not None:
            self._response.headers[MINUTES_LEFT] = f"{left.minutes:g}"
        return left


async def _teller(use: Use, response: Response) -> LeftTeller:
    return LeftTeller(use, response)


TellLeft = Annotated[LeftTeller, Depends(_teller)]
