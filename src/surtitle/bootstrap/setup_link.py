"""The way in for the first administrator: a link in the log of the server."""

import logging

from surtitle.accounts.letters import SETUP_PAGE
from surtitle.api.services import Services

log = logging.getLogger(__name__)


async def show_setup_link(services: Services, url: str) -> None:
    """Log a link, if people have to sign in and none is an administrator. `url`: where we listen."""
    settings, people = services.settings.server, services.people
    if settings.auth == "personal":
        return
    token = await people.setup.offer()
    if token is not None:
        log.warning(
            "nobody administers this installation yet. Become its administrator, within a day, at %s",
            people.letters.link(SETUP_PAGE, token, home=None if settings.public_url else url),
        )
