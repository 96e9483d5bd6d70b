import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from tests.api.installation import Installation, wav
from tests.api.people import Somebody, key_in, person

from surtitle.accounts.access import Permission
from surtitle.accounts.api_keys import MOST_KEYS, fresh_key
from surtitle.accounts.secrets import token_hash
from surtitle.clock import utc_now
from surtitle.db.account_models import ApiKey


def bearer(api: Installation, made: dict[str, str], home: Somebody) -> Somebody:
    return Somebody(api, {"Authorization": f"Bearer {made['key']}"}, home.project_id)


async def test_a_key_is_shown_once_and_opens_the_project(exposed: Installation) -> None:
    ana = await person(exposed)
    answer = await ana.asks("POST", f"{ana.home}/keys", json={"name": "Archive"})
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert made["key"].startswith("vk_")
    assert len(made["key"]) == len("vk_") + 43  # 32 bytes in base64
    assert made["key"].startswith(made["prefix"])
    job = await bearer(exposed, made, ana).starts()
    assert (await ana.gets(job["links"]["self"]))["id"] == job["id"]
    listed = await ana.asks("GET", f"{ana.home}/keys")
    [only] = listed.json()["items"]
    assert only["scopes"] == ["delete", "read", "write"]
    assert only["last_used_at"] is not None
    assert made["key"] not in listed.text
    async with exposed.services.database.reading() as session:
        row = await session.get_one(ApiKey, UUID(made["id"]))
        assert row.key_hash == token_hash(made["key"])
        assert row.created_by == ana.id


@pytest.mark.parametrize(
    ("scopes", "reads", "writes", "deletes"),
    [(["read"], 200, 403, 403), (["write"], 403, 201, 403), (["read", "delete"], 200, 403, 204)],
)
async def test_a_key_does_what_its_scopes_say(
    exposed: Installation, scopes: list[str], reads: int, writes: int, deletes: int
) -> None:
    ana = await person(exposed)
    job = await ana.starts()
    await ana.does(job["links"]["cancel"], status=202)
    made = await ana.does(f"{ana.home}/keys", {"name": "narrow", "scopes": scopes})
    key = bearer(exposed, made, ana)
    assert (await key.asks("GET", "/api/jobs")).status_code == reads
    brought = await key.asks("POST", "/api/media", files={"file": ("a.wav", wav())})
    assert brought.status_code == writes
    assert (await key.asks("DELETE", job["links"]["self"])).status_code == deletes


@pytest.mark.parametrize("scopes", [["manage"], ["read", "manage"], [], ["everything"]])
async def test_no_key_can_manage(exposed: Installation, scopes: list[str]) -> None:
    ana = await person(exposed)
    wish = {"name": "too much", "scopes": scopes}
    assert (await ana.asks("POST", f"{ana.home}/keys", json=wish)).status_code == 422


async def test_a_key_makes_no_keys_and_neither_does_an_editor(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, "ben@example.org")
    sent = await ana.does(f"{ana.home}/invitations", {"role": "editor"})
    await ben.does("/api/invitations/accept", {"token": sent["token"]}, status=200)
    for caller in (ben, await key_in(exposed, ana.project_id)):
        for method, path in (("POST", "/keys"), ("GET", "/keys")):
            answer = await caller.asks(method, ana.home + path, json={"name": "x"})
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed")


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await ana.does(f"{ana.home}/keys", {"name": "Archive"})
    key = bearer(exposed, made, ana)
    await key.gets("/api/jobs")  # so that it is remembered
    for _ in range(2):
        assert (await ana.asks("DELETE", f"{ana.home}/keys/{made['id']}")).status_code == 204
    answer = await key.asks("GET", "/api/jobs")
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/bad-key")
    rotated = await ana.asks("POST", f"{ana.home}/keys/{made['id']}/rotate")
    assert (rotated.status_code, rotated.json()["type"]) == (409, "/problems/key-ended")


async def test_a_rotated_key_works_through_its_grace_and_no_longer(exposed: Installation) -> None:
    ana = await person(exposed)
    until = (utc_now() + timedelta(days=30)).isoformat()
    wish = {"name": "Archive", "scopes": ["read"], "expires_at": until}
    old = await ana.does(f"{ana.home}/keys", wish)
    await bearer(exposed, old, ana).gets("/api/jobs")
    new = await ana.does(f"{ana.home}/keys/{old['id']}/rotate?grace_seconds=3600")
    assert (new["name"], new["scopes"], new["key"] != old["key"]) == ("Archive", ["read"], True)
    assert new["expires_at"] > old["expires_at"]
    for made in (old, new):
        await bearer(exposed, made, ana).gets("/api/jobs")
    newest = await ana.does(f"{ana.home}/keys/{new['id']}/rotate")
    assert (await bearer(exposed, new, ana).asks("GET", "/api/jobs")).status_code == 401
    await bearer(exposed, newest, ana).gets("/api/jobs")
    answer = await ana.asks("POST", f"{ana.home}/keys/{newest['id']}/rotate?grace_seconds=86401")
    assert answer.status_code == 422


async def test_a_key_past_its_date_opens_nothing(exposed: Installation) -> None:
    ana = await person(exposed)
    past = (utc_now() - timedelta(seconds=1)).isoformat()
    refused = await ana.asks("POST", f"{ana.home}/keys", json={"name": "late", "expires_at": past})
    assert refused.status_code == 422
    made = await ana.does(f"{ana.home}/keys", {"name": "Archive"})
    async with exposed.services.database.writing() as session:
        late = update(ApiKey).where(ApiKey.id == UUID(made["id"])).values(expires_at=utc_now())
        await session.execute(late)
    assert (await bearer(exposed, made, ana).asks("GET", "/api/jobs")).status_code == 401


async def test_a_key_of_another_project_is_not_there(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, "ben@example.org")
    made = await ana.does(f"{ana.home}/keys", {"name": "Archive"})
    for method, path in (("DELETE", made["id"]), ("POST", f"{made['id']}/rotate")):
        answer = await ben.asks(method, f"{ben.home}/keys/{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/key-not-found")
    await bearer(exposed, made, ana).gets("/api/jobs")


async def test_a_project_has_only_so_many_keys(exposed: Installation) -> None:
    ana = await person(exposed)
    async with exposed.services.database.writing() as session:
        session.add_all(
            fresh_key(ana.project_id, f"no. {number}", {Permission.READ}, None, None).row
            for number in range(MOST_KEYS - 1)
        )
    both = await asyncio.gather(
        *(ana.asks("POST", f"{ana.home}/keys", json={"name": "last"}) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in both) == [201, 409]
    async with exposed.services.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ApiKey)) == MOST_KEYS
