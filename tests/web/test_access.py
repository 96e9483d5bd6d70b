"""Every route of the pages says what it needs of its caller, and who is nobody is led to the sign-in."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from tests.api.accounts import front_door
from tests.api.installation import UNKNOWN_ID, Installation
from tests.api.people import key_in, person

from surtitle.accounts.access import Permission
from surtitle.api.access import InProject, Public, Requirement
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


async def test_no_page_of_a_project_is_for_those_who_may_not_read_there(
    tmp_path: Path, quiet: LimitSettings
) -> None:
    async with front_door(tmp_path, limits=quiet) as api:
        for method, path, needs in _routes(add_pages(api.app)):
            permissions = {one.permission for one in needs if isinstance(one, InProject)}
            reads = permissions & {Permission.READ, Permission.MANAGE}
            assert reads or not permissions, f"{method} {path} shows a project to those who may only write"


async def test_a_key_that_may_only_write_sees_no_text(door: Installation) -> None:
    ana = await person(door)
    job = await ana.starts()
    await door.finish()
    writing = await key_in(door, ana.project_id, frozenset({Permission.WRITE}))
    both = await key_in(door, ana.project_id, frozenset({Permission.READ, Permission.WRITE}))
    editor = f"/app/recordings/{job['id']}/edit"
    for path in (editor, f"{editor}/changes?since=1", "/app/films/new", f"/app/films/new?like={job['id']}"):
        assert (await writing.asks("GET", path)).status_code == 403, path
    assert (await both.asks("GET", editor)).status_code == 200
    assert (await both.asks("GET", "/app/films/new")).status_code == 200
