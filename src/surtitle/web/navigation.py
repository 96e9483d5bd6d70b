"""Where the menus of every page lead, and which entry the page that is looked at belongs to."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from surtitle.web.catalogues import mark as _
from surtitle.web.forms import HOME


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of a menu. `also`: where else one is when one has gone in by it."""

    address: str
    name: str
    also: tuple[str, ...] = ()
    alone: bool = False
    """Whether what lies below it belongs to other entries."""

    def current(self, path: str) -> Literal["", "page", "true"]:
        """The `aria-current` of the entry on the page at `path`: that page itself, or one below it."""
        if path == self.address:
            return "page"
        around = self.also if self.alone else (self.address, *self.also)
        return "true" if any(f"{path}/".startswith(f"{one}/") for one in around) else ""


PLACES = (
    Place(HOME, _("Start"), alone=True),
    Place(f"{HOME}/jobs", _("Jobs"), (f"{HOME}/recordings",)),
    Place(f"{HOME}/films", _("Films")),
    Place(f"{HOME}/search", _("Search")),
    Place(f"{HOME}/voices", _("Voices")),
)
"""Of the bar that everybody sees."""

PROJECTS = f"{HOME}/projects"
ALL_PROJECTS = Place(PROJECTS, _("All projects"), alone=True)
ACCOUNT = Place(f"{HOME}/account", _("Account"))
ADMINISTRATION = Place(f"{HOME}/admin", _("Administration"))


def address_of_project(project_id: UUID) -> str:
    return f"{PROJECTS}/{project_id}"


def place_of_project(project_id: UUID) -> Place:
    """The project that the pages are about."""
    return Place(address_of_project(project_id), _("This project"))
