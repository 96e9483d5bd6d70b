"""`/app/admin/models`: which models are here, what works with them, fetching and checking them."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from surtitle.accounts.audit import Deed
from surtitle.api.access import Administers, Supports
from surtitle.api.dependencies import Address, Use
from surtitle.api.errands import Errand, in_thread
from surtitle.engines.models.errors import ModelUnknown
from surtitle.engines.models.uses import KnownModel, known_models
from surtitle.engines.registry import Capability
from surtitle.jobs.owner import machine
from surtitle.web.admin.sections import ADMIN, admin_page
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, see_other

router = APIRouter(prefix="/admin/models", dependencies=[FORM_TOKEN])

_VERIFY = "models-verify"

Name = Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]

CAPABILITIES = {
    Capability.TRANSCRIBER: _("writes down"),
    Capability.SYNTHESIZER: _("speaks"),
    Capability.DIARIZER: _("tells speakers apart"),
    Capability.VOICE_ENCODER: _("knows voices"),
    Capability.TEXT_EMBEDDER: _("finds by meaning"),
    Capability.VIDEO_ENGINE: _("draws films"),
}


@router.get("")
async def show_models(request: Request, use: Use, _staff: Supports) -> Response:
    """All models that can be had, and those that are here."""
    models = await asyncio.to_thread(known_models, use.settings, use.engines, use.models)
    errands = use.administration.errands
    pulls = {model.name: errands.last(_pull(model.name)) for model in models}
    verify = errands.last(_VERIFY)
    return await admin_page(
        request,
        "models.html",
        models=sorted(models, key=_most_needed_first),
        pulls=pulls,
        verify=verify,
        faults=_faults(verify),
        under_way=any(one.is_under_way for one in (*pulls.values(), verify) if one is not None),
        capabilities=CAPABILITIES,
        host=machine().partition("#")[0],
        one_machine=use.database.is_sqlite,
    )


@router.post("/verify")
async def verify(use: Use, admin: Administers, address: Address) -> Response:
    """Hash every file of all that are here. A model that is found wrong is not used again."""

    async def check(errand: Errand) -> object:
        return await in_thread(lambda _tell: use.models.verify(), errand)

    use.administration.errands.begin(_VERIFY, check)
    await use.audit.tell(Deed("models.verified", admin, address, "model", "all"))
    return see_other(f"{ADMIN}/models")


@router.post("/{name}/pull")
async def pull(name: Name, use: Use, admin: Administers, address: Address) -> Response:
    """Fetch a model to this machine; one that is damaged is mended. Whoever asks while it is under way is
    shown that.
    """
    if use.models.manifest.find(name) is None:
        raise ModelUnknown(name, list(use.models.manifest.names()))

    async def fetch(errand: Errand) -> object:
        return await in_thread(lambda tell: use.models.pull(name, tell), errand)

    use.administration.errands.begin(_pull(name), fetch)
    await use.audit.tell(Deed("model.pulled", admin, address, "model", name))
    return see_other(f"{ADMIN}/models#model-{name}")


def _pull(name: str) -> str:
    return f"pull {name}"


def _most_needed_first(model: KnownModel) -> tuple[bool, bool, str]:
    return not model.is_needed, model.installed is None, model.name


def _faults(verify: Errand | None) -> dict[str, tuple[str, ...]]:
    """By the name of each model that was looked at: what is wrong with it."""
    if verify is None or verify.outcome is None:
        return {}
    return {one.name: one.faults for one in verify.outcome if one.pinned}
