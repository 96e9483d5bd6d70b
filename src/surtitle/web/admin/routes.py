"""All pages of the administration as one router."""

from fastapi import APIRouter

from surtitle.web.admin import (
    audit,
    figures,
    invitations,
    models,
    overview,
    people,
    person,
    projects,
    queue,
    storage,
    upkeep,
)

router = APIRouter()

for _module in (
    overview, queue, people, person, invitations, projects, figures, storage, models, audit, upkeep,
):  # fmt: skip
    router.include_router(_module.router)
