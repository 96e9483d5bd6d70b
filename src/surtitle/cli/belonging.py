"""Whose an object is: who has the machine works in every project, and types only an object's id."""

from typing import Any
from uuid import UUID


async def project_of_job(parts: Any, job: UUID) -> UUID:
    """Raises `JobNotFound`."""
    from surtitle.accounts.holdings import Holdings  # noqa: PLC0415 - takes seconds
    from surtitle.jobs.errors import JobNotFound  # noqa: PLC0415

    project = await Holdings(parts.database).of_job(job)
    if project is None:
        raise JobNotFound(job)
    return project


async def project_of_webhook(parts: Any, webhook: UUID) -> UUID:
    """Raises `WebhookNotFound`."""
    from surtitle.accounts.holdings import Holdings  # noqa: PLC0415
    from surtitle.webhooks.errors import WebhookNotFound  # noqa: PLC0415

    project = await Holdings(parts.database).of_webhook(webhook)
    if project is None:
        raise WebhookNotFound(webhook)
    return project


async def project_called(parts: Any, id_or_name: str) -> UUID:
    """Raises `Invalid` where there is none, or several have this name."""
    found = await parts.accounts.people.projects.named(id_or_name)
    return UUID(str(found.id))
