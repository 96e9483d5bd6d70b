"""Administrators are erased too, but for the last; what the installation keeps of theirs is the next's."""

import pytest
from tests.accounts.belongings import erased
from tests.api.installation import Installation, wav
from tests.api.people import Somebody, person

from surtitle.accounts.access import Role
from surtitle.accounts.errors import LastAdministrator, UserNotFound
from surtitle.db.models import PERSONAL_PROJECT


async def test_the_last_administrator_stays(exposed: Installation) -> None:
    first = await person(exposed, "root@example.org", Role.ADMIN)
    with pytest.raises(LastAdministrator):
        await erased(exposed, first.id)
    second = await person(exposed, "root2@example.org", Role.ADMIN)
    await erased(exposed, first.id)
    with pytest.raises(LastAdministrator):
        await erased(exposed, second.id)
    with pytest.raises(UserNotFound):
        await erased(exposed, first.id)


async def test_the_installations_own_project_is_emptied_of_the_person_and_not_of_who_has_it_next(
    exposed: Installation,
) -> None:
    first = await person(exposed, "root@example.org", Role.ADMIN)
    await person(exposed, "root2@example.org", Role.ADMIN)
    theirs = await _recording_of(first)
    await erased(exposed, first.id)
    heir = await person(exposed, "heir@example.org", Role.ADMIN)
    assert first.project_id == heir.project_id == PERSONAL_PROJECT
    assert (await heir.asks("GET", theirs)).status_code == 404
    kept = await _recording_of(heir)
    erasures = exposed.services.data_protection.erasures
    assert await erasures.resume() == 1
    assert len(await erasures.replay()) == 1
    await heir.gets(kept)


async def _recording_of(somebody: Somebody) -> str:
    answer = await somebody.asks("POST", "/api/media", files={"file": ("talk.wav", wav())})
    assert answer.status_code == 201
    return answer.headers["location"]
