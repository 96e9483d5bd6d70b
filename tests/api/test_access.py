"""Every route says what it needs of its caller."""

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from tests.api.installation import Installation

from surtitle.api.access import Requirement


def requirements(dependant: Dependant) -> Iterator[Requirement]:
    if isinstance(dependant.call, Requirement):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from requirements(inner)


async def test_every_route_declares_what_it_needs(api: Installation) -> None:
    silent = []
    for route in iter_route_contexts(api.app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is None or not list(requirements(dependant)):
            silent.append((sorted(route.methods or ()), route.path))
    assert silent == []


@pytest.mark.parametrize("path", ["/api/jobs", "/api/media", "/v1/models", "/metrics", "/api/glossary"])
async def test_in_a_personal_installation_nobody_is_asked(api: Installation, path: str) -> None:
    assert (await api.client.get(path)).status_code == 200
