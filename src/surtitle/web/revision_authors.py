"""Who made a revision, as people know them."""

from dataclasses import dataclass
from uuid import UUID

from surtitle.accounts.access import Principal
from surtitle.api.services import Services
from surtitle.db.models import Revision
from surtitle.transcripts.creation import BY_JOBS, OWNER
from surtitle.web.catalogues import mark as _

_YOU = _("You")
_A_PROGRAM = _("A program")
_AT_THIS_COMPUTER = _("Somebody at this computer")
_GONE = _("Somebody who has left")
# Of a project: more than that never work on one text.
_MOST_MEMBERS = 200


@dataclass(frozen=True, slots=True)
class Author:
    """`told` is to be translated; where it is empty, `name` says it."""

    told: str = ""
    name: str = ""


class Authors:
    """The people of a project, as one of them knows them."""

    def __init__(self, caller: Principal, names: dict[str, str]) -> None:
        self._caller = caller
        self._names = names

    def of(self, revision: Revision) -> Author:
        """Of what a job made it is the engine."""
        author = revision.author
        if revision.kind in BY_JOBS:
            return Author(name=author)
        if author == self._caller.name:
            return Author(_AT_THIS_COMPUTER if author == OWNER else _YOU)
        if author.startswith("key:"):
            return Author(_A_PROGRAM)
        name = self._names.get(author)
        return Author(name=name) if name else Author(_GONE)


async def authors_in(use: Services, project: UUID, caller: Principal) -> Authors:
    """Of the revisions of the project's transcripts."""
    members = await use.people.members.page(project, None, _MOST_MEMBERS)
    return Authors(
        caller, {f"user:{one.user_id}": one.name or one.email or str(one.user_id) for one in members.items}
    )
