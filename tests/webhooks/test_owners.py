"""Who hears that a webhook was disabled."""

from uuid import UUID

from tests.api.conftest import exposed
from tests.api.installation import Installation
from tests.api.people import person

from surtitle.accounts.post import Letter, LetterKind, To
from surtitle.db.account_models import Membership
from surtitle.db.webhook_models import Webhook
from surtitle.ids import new_id
from surtitle.webhooks.owners import OwnersTold

__all__ = ["exposed"]


class Kept:
    """A `Post` that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[tuple[Letter, To]] = []

    async def put(self, _session: object, letter: Letter, to: To) -> None:
        self.letters.append((letter, to))


async def test_the_owners_of_the_project_are_told_and_nobody_else(exposed: Installation) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    post = Kept()
    async with exposed.services.database.writing() as session:
        session.add(Membership(project_id=ana.project_id, user_id=bob.id, role="editor"))
        webhook = disabled(ana.project_id)
        session.add(webhook)
        await session.flush()
        await OwnersTold(post)(session, webhook)
    [(letter, to)] = post.letters
    assert letter.kind is LetterKind.WEBHOOK_DISABLED
    assert (letter.facts["name"], letter.facts["error"]) == ("Archive", "failing")
    assert (to.address, to.user_id) == ("ana@example.org", ana.id)


def disabled(project_id: UUID) -> Webhook:
    return Webhook(
        id=new_id(), project_id=project_id, name="Archive", url="https://x.example/", events=[],
        secret_sealed="-", failures=10, disabled_why="failing",
    )  # fmt: skip
