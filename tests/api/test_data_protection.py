"""Taking along and erasing by HTTP, as the Video generator's clients type it too."""

import io
import zipfile
from datetime import timedelta

from sqlalchemy import update
from tests.accounts.belongings import transcribed
from tests.api.installation import Installation
from tests.api.people import key_in, person

from surtitle.accounts.access import Role
from surtitle.clock import utc_now
from surtitle.db.account_models import Session, User

PASSWORD = "correct horse battery"


async def test_deleting_oneself_without_a_body_erases(exposed: Installation) -> None:
    ana = await person(exposed)
    await transcribed(exposed, ana)
    answer = await ana.asks("DELETE", "/api/users/me")
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["mode"], report["erased"]["recordings"]) == ("erase", 1)
    assert report["finished_at"]
    assert (await ana.asks("GET", "/api/jobs")).status_code == 401


async def test_a_sign_in_of_some_time_ago_is_no_proof_and_the_password_is(exposed: Installation) -> None:
    ana = await person(exposed)
    passwords = exposed.services.people.users._passwords
    hashed = await passwords.chosen(PASSWORD, "ana@example.org")
    async with exposed.services.database.writing() as session:
        await session.execute(update(Session).values(created_at=utc_now() - timedelta(minutes=16)))
        old = utc_now() - timedelta(minutes=17)
        await session.execute(update(User).values(password_hash=hashed, sessions_from=old))
    assert (await ana.asks("DELETE", "/api/users/me")).status_code == 401
    wrong = await ana.asks("DELETE", "/api/users/me", json={"password": "wrong"})
    assert wrong.status_code == 403
    answer = await ana.asks("DELETE", "/api/users/me", json={"mode": "anonymise", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    assert answer.json()["mode"] == "anonymise"


async def test_a_running_job_makes_the_answer_a_promise(exposed: Installation) -> None:
    ana = await person(exposed)
    await ana.starts()
    await exposed.claim()
    exposed_patience = await ana.asks("DELETE", "/api/users/me")
    assert exposed_patience.status_code == 202
    assert exposed_patience.json()["finished_at"] is None


async def test_administrators_erase_others_and_see_the_reports(exposed: Installation) -> None:
    root, ana = await person(exposed, "root@example.org", Role.ADMIN), await person(exposed)
    assert (await root.asks("DELETE", f"/api/admin/users/{root.id}")).status_code == 409
    assert (await ana.asks("DELETE", f"/api/admin/users/{root.id}")).status_code == 403
    answer = await root.asks("DELETE", f"/api/admin/users/{ana.id}", json={"mode": "erase"})
    assert answer.status_code == 200, answer.text
    assert (await root.asks("DELETE", f"/api/admin/users/{ana.id}")).status_code == 404
    page = await root.gets("/api/admin/erasures")
    assert [one["user_id"] for one in page["items"]] == [str(ana.id)]
    assert "ana@example.org" not in str(page)


async def test_the_export_comes_as_a_zip(exposed: Installation) -> None:
    ana = await person(exposed)
    await transcribed(exposed, ana)
    answer = await ana.asks("GET", "/api/users/me/export")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None


async def test_a_key_neither_takes_along_nor_erases(exposed: Installation) -> None:
    ana = await person(exposed)
    key = await key_in(exposed, ana.project_id)
    assert (await key.asks("GET", "/api/users/me/export")).status_code == 403
    assert (await key.asks("DELETE", "/api/users/me")).status_code == 403


async def test_a_personal_installation_has_nobody_to_erase(api: Installation) -> None:
    for method, path in (("GET", "/api/users/me/export"), ("DELETE", "/api/users/me")):
        answer = await api.client.request(method, path)
        assert answer.status_code == 409
        assert answer.json()["type"] == "/problems/personal-installation"
