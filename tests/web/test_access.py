"""Every route of the pages says what it needs of its caller, and who is nobody is led to the sign-in."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from tests.api.accounts import front_door
from tests.api.installation import UNKNOWN_ID

from surtitle.api.access import Public, Requirement
from surtitle.config import LimitSettings
from surtitle.web.app import add_pages


def _needs(dependant: Dependant) -> Iterator[Requirement]:
    if isinstance(dependant.call, Requirement):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _needs(inner)


def _routes(pages: FastAPI) -> Iterator[tuple[str, str, list[Requirement]]]:
    for route in iter_route_contexts(pages.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is None:
            continue
        for method in sorted(route.methods or ()):
            yield method, str(route.path), list(_needs(dependant))


@pytest.fixture
def quiet() -> LimitSettings:
    return LimitSettings(address_requests_a_minute=0, user_requests_a_minute=0)


async def test_nobody_gets_past_the_sign_in(tmp_path: Path, quiet: LimitSettings) -> None:
    async with front_door(tmp_path, limits=quiet) as api:
        routes = list(_routes(add_pages(api.app)))
        assert len(routes) > 15
        for method, path, needs in routes:
            assert needs, f"{method} {path} does not say what it needs"
            if any(isinstance(one, Public) for one in needs):
                continue
            answer = await api.client.request(method, re.sub(r"{\w+(:\w+)?}", UNKNOWN_ID, path))
            assert answer.status_code == 303, (method, path, answer.status_code)
            assert answer.headers["location"].startswith("/app/sign-in"), (method, path)
