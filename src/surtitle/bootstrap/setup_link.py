"""The way in for the first administrator: a link that the operator is shown, and the log is not."""

import logging

from surtitle.accounts.letters import SETUP_PAGE
from surtitle.api.services import Services
from surtitle.observability.notices import NOTICE

log = logging.getLogger(__name__)


async def show_setup_link(services: Services, url: str) -> None:
    """Tell of a link, if people have to sign in and none is an administrator. `url`: where we listen."""
    settings, people = services.settings.server, services.people
    if settings.auth == "personal":
        return
    token = await people.setup.offer()
    if token is not None:
        log.warning(
            "nobody administers this installation yet. Become its administrator, within a day, at %s",
            people.letters.link(SETUP_PAGE, token, home=None if settings.public_url else url),
            extra=NOTICE,
        )
