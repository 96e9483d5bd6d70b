"""Who is told that a webhook was disabled because nobody took what it brought."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.post import Letter, LetterKind, Post, To
from surtitle.accounts.project_rows import owners
from surtitle.db.account_models import Project, User
from surtitle.db.webhook_models import Webhook


class OwnersTold:
    """A `TellDisabled`: a letter to each owner of the project, in the transaction that disables it."""

    def __init__(self, post: Post) -> None:
        self._post = post

    async def __call__(self, session: AsyncSession, webhook: Webhook) -> None:
        project = await session.get(Project, webhook.project_id)
        facts = {
            "name": webhook.name,
            "project": project.name if project else "",
            "error": webhook.disabled_why,
        }
        to = await owners(session, webhook.project_id)
        for user in await session.scalars(select(User).where(User.id.in_(to), User.email.is_not(None))):
            assert user.email is not None
            await self._post.put(session, Letter(LetterKind.WEBHOOK_DISABLED, facts), To(user.email, user.id))
