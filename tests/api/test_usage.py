"""Quotas, usage and credits over HTTP, in an installation where everybody signs in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from tests.api.installation import Installation, installed, wav
from tests.usage.ledger import limit

from surtitle.clock import utc_now
from surtitle.config import EngineSettings, ServerSettings, UsageSettings
from surtitle.db.account_models import AuditEvent, Membership, Project, Session, User
from surtitle.db.models import Discarded
from surtitle.ids import new_id
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.awaited import IncomingRecording
from surtitle.usage.errors import StorageUsedUp

RECORDING = wav(30.0)
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = TUS | {"Content-Type": "application/offset+octet-stream"}


@dataclass
class Person:
    """Somebody with a project of their own, signed in."""

    id: UUID
    project_id: UUID
    headers: dict[str, str]


@pytest.fixture
async def many(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(
        tmp_path / "data",
        server=ServerSettings(auth="required"),
        engines=EngineSettings(transcriber="dummy"),
        usage=UsageSettings(credits="off"),
    ) as installation:
        yield installation


async def person(api: Installation, role: str = "user") -> Person:
    user, project = User(id=new_id(), role=role), Project(id=new_id(), name="mine")
    session = Session(id=new_id(), user_id=user.id, kind="token", expires_at=utc_now())
    user.default_project_id = project.id
    async with api.services.database.writing() as database:
        database.add_all([user, project])
        await database.flush()
        database.add_all([session, Membership(project_id=project.id, user_id=user.id, role="owner")])
    token = await api.services.authenticator._tokens.issue(user.id, session.id)
    return Person(user.id, project.id, {"Authorization": f"Bearer {token}"})


async def bring(api: Installation, who: Person, **headers: str) -> Any:
    return await api.client.post(
        "/api/media", files={"file": ("talk.wav", RECORDING)}, headers=who.headers | headers
    )


async def start(api: Installation, who: Person, media_id: str) -> Any:
    wish = {"recipe": "transcript", "media_id": media_id}
    return await api.client.post("/api/jobs", json=wish, headers=who.headers)


async def kept(api: Installation) -> list[str]:
    """Everything in the store, and every note of something that may lie there."""
    async with api.services.database.reading() as session:
        notes = list(await session.scalars(select(Discarded.object_key)))
    return notes + [key async for key in api.services.store.keys("media")]


async def test_the_answer_says_what_is_left(many: Installation) -> None:
    somebody = await person(many)
    media = (await bring(many, somebody)).json()
    await limit(many.services.database, somebody.project_id, minutes_a_month=0.75, storage_bytes=10_000_000)
    answer = await start(many, somebody, media["id"])
    assert answer.status_code == 202
    quota = answer.json()["quota"]
    assert (quota["minutes_left"], quota["credits_left"]) == (0.25, None)
    assert quota["storage_bytes_left"] == 10_000_000 - len(RECORDING)
    assert answer.headers["X-Quota-Minutes-Left"] == "0.25"
    refused = await start(many, somebody, media["id"])
    assert refused.status_code == 402
    problem = refused.json()
    assert problem["type"] == "/problems/minutes-used-up"
    assert (problem["minutes_left"], problem["renews_at"]) == (
        0.25,
        quota["renews_at"].replace("Z", "+00:00"),
    )


async def test_in_a_personal_installation_the_answer_speaks_of_no_quota(api: Installation) -> None:
    answer = await api.start()
    assert answer["quota"] is None


async def test_a_dialects_answer_says_what_is_left_in_a_header(many: Installation) -> None:
    somebody = await person(many)
    await limit(many.services.database, somebody.project_id, minutes_a_month=1.0)
    files = {"file": ("talk.wav", RECORDING)}
    answer = await many.client.post("/transcribe", files=files, headers=somebody.headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Quota-Minutes-Left"] == "0.5"
    await limit(many.services.database, somebody.project_id, minutes_a_month=0.5)
    refused = await many.client.post("/transcribe", files=files, headers=somebody.headers)
    assert refused.status_code == 402
    # Nobody could ever use or delete it.
    assert len(await kept(many)) == 1


@pytest.mark.parametrize("path", ["/meetings", "/transcribe", "/api/transcriptions"])
async def test_a_dialects_repeats_at_once_are_refused_as_the_first_is(many: Installation, path: str) -> None:
    somebody = await person(many)
    await limit(many.services.database, somebody.project_id, minutes_a_month=0.1)
    headers = somebody.headers | {"Idempotency-Key": "k"}
    files = {"file": ("talk.wav", RECORDING)}
    answers = await asyncio.gather(*(many.client.post(path, files=files, headers=headers) for _ in range(3)))
    told = {answer.json()["type"] for answer in answers}
    assert told <= {"/problems/minutes-used-up", "/problems/first-was-refused"}
    assert "/problems/minutes-used-up" in told
    assert await kept(many) == []


async def test_a_recording_beyond_the_quota_leaves_nothing(many: Installation) -> None:
    somebody = await person(many)
    await limit(many.services.database, somebody.project_id, storage_bytes=len(RECORDING) - 1)
    announced = await bring(many, somebody)

    async def chunks() -> AsyncIterator[bytes]:
        form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        yield form + RECORDING + b"\r\n--b--\r\n"

    unannounced = await many.client.post(
        "/api/media",
        content=chunks(),
        headers=somebody.headers | {"Content-Type": "multipart/form-data; boundary=b"},
    )
    for answer in (announced, unannounced):
        assert (answer.status_code, answer.json()["type"]) == (402, "/problems/storage-used-up")
        assert answer.json()["storage_bytes_left"] == len(RECORDING) - 1
    assert await kept(many) == []


async def test_no_more_is_read_than_may_be_kept(many: Installation) -> None:
    somebody = await person(many)
    await limit(many.services.database, somebody.project_id, storage_bytes=2500)
    taken = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield bytes(1000)

    for announced, read in ((10_000_000, 0), (None, 3)):
        with pytest.raises(StorageUsedUp):
            await many.services.media.receive(
                somebody.project_id, "talk.wav", chunks(), content_length=announced
            )
        assert taken == read


async def test_of_two_recordings_for_the_last_bytes_one_is_kept(many: Installation) -> None:
    somebody = await person(many)
    await limit(many.services.database, somebody.project_id, storage_bytes=len(RECORDING) * 3 // 2)
    answers = await asyncio.gather(bring(many, somebody), bring(many, somebody))
    assert sorted(answer.status_code for answer in answers) == [201, 402]
    assert len(await kept(many)) == 1


async def test_a_repeat_is_answered_though_the_first_request_took_the_last_bytes(many: Installation) -> None:
    somebody = await person(many)
    await limit(many.services.database, somebody.project_id, storage_bytes=len(RECORDING))
    first, again = [await bring(many, somebody, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert (await bring(many, somebody)).status_code == 402


async def test_a_request_that_is_repeated_on_a_broken_line_joins_its_job(many: Installation) -> None:
    somebody = await person(many)
    await limit(many.services.database, somebody.project_id, storage_bytes=len(RECORDING) + 1)

    async def chunks() -> AsyncIterator[bytes]:
        yield RECORDING

    async def begin(recipe: str) -> UUID:
        recording = IncomingRecording("talk.wav", chunks(), len(RECORDING))
        wish = NewJob(somebody.project_id, recipe, None)
        return await many.services.awaited.begin(somebody.project_id, recording, lambda: wish, forever=True)

    first = await begin("transcript")
    assert await begin("transcript") == first
    # Other work on the same bytes stores nothing more either.
    assert await begin("subtitles") != first
    assert len(await kept(many)) == 1


async def test_a_resumable_upload_beyond_the_quota_is_refused_at_once(many: Installation) -> None:
    somebody = await person(many)
    await limit(many.services.database, somebody.project_id, storage_bytes=1000)

    async def begin(length: int) -> Any:
        headers = somebody.headers | TUS | {"Upload-Length": str(length)}
        return await many.client.post("/api/uploads", headers=headers)

    assert (await begin(1001)).status_code == 402
    assert (await begin(600)).status_code == 201
    # What is promised is taken.
    assert (await begin(600)).status_code == 402


async def test_a_resumable_upload_that_no_longer_fits_leaves_nothing(many: Installation) -> None:
    somebody = await person(many)
    headers = somebody.headers | TUS | {"Upload-Length": str(len(RECORDING))}
    place = (await many.client.post("/api/uploads", headers=headers)).headers["Location"]
    await limit(many.services.database, somebody.project_id, storage_bytes=1000)
    last = await many.client.patch(
        place, content=RECORDING, headers=somebody.headers | BYTES | {"Upload-Offset": "0"}
    )
    assert last.status_code == 402
    told = (await many.client.get(place, headers=somebody.headers)).json()
    assert "keeps 0 of the 1000 bytes" in told["error"]
    assert await kept(many) == []
    assert not any(path.suffix == ".data" for path in (many.settings.data_dir / "uploads").iterdir())


async def test_usage_is_told_by_day_and_by_user(many: Installation) -> None:
    somebody = await person(many)
    media = (await bring(many, somebody)).json()
    for _ in range(2):
        assert (await start(many, somebody, media["id"])).status_code == 202
    await many.finish()
    path = f"/api/projects/{somebody.project_id}/usage"
    by_day = (await many.client.get(path, headers=somebody.headers)).json()
    done = {"audio_seconds": 30.0, "generated_seconds": 0.0, "jobs": 1, "storage_byte_days": 0.0}
    assert by_day["totals"] == {"used": done, "reserved": done}
    assert [line["day"] for line in by_day["items"]] == [f"{utc_now():%Y-%m-%d}"]
    by_user = (await many.client.get(f"{path}?by=user", headers=somebody.headers)).json()
    assert [(line["user_id"], line["used"]) for line in by_user["items"]] == [(str(somebody.id), done)]
    own = (await many.client.get("/api/users/me/usage?by=project", headers=somebody.headers)).json()
    assert [(line["project_id"], line["used"]) for line in own["items"]] == [(str(somebody.project_id), done)]
    before = await many.client.get(f"{path}?from=2020-01-01&to=2020-02-01", headers=somebody.headers)
    assert before.json()["items"] == []


@pytest.mark.parametrize("period", ["from=2026-02-01&to=2026-01-01", "from=2020-01-01&to=2026-01-01"])
async def test_a_period_that_makes_no_report_is_refused(many: Installation, period: str) -> None:
    somebody = await person(many)
    answer = await many.client.get(f"/api/users/me/usage?{period}", headers=somebody.headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-period")


async def test_anothers_usage_and_credits_do_not_exist(many: Installation) -> None:
    somebody, stranger = await person(many), await person(many)
    for part in ("usage", "usage?by=user", "credits"):
        answer = await many.client.get(
            f"/api/projects/{somebody.project_id}/{part}", headers=stranger.headers
        )
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/project-not-found")
    administrator = await person(many, "admin")
    unknown = await many.client.get(f"/api/projects/{new_id()}/usage", headers=administrator.headers)
    assert unknown.status_code == 404


async def test_who_works_how_much_is_for_those_who_manage_the_project(many: Installation) -> None:
    somebody = await person(many)
    async with many.services.database.writing() as session:
        await session.execute(update(Membership).values(role="editor"))
    path = f"/api/projects/{somebody.project_id}/usage"
    assert (await many.client.get(path, headers=somebody.headers)).status_code == 200
    assert (await many.client.get(f"{path}?by=user", headers=somebody.headers)).status_code == 403


async def test_administrators_grant_credits_and_work_takes_them(tmp_path: Path) -> None:
    groups: dict[str, Any] = {"server": ServerSettings(auth="required"), "usage": UsageSettings(credits="on")}
    async with installed(tmp_path / "data", **groups) as api:
        somebody, administrator = await person(api), await person(api, "admin")
        media = (await bring(api, somebody)).json()
        refused = await start(api, somebody, media["id"])
        assert (refused.status_code, refused.json()["type"]) == (402, "/problems/credits-used-up")
        grant = f"/api/admin/projects/{somebody.project_id}/credits"
        wish = {"amount": 2, "reason": "Order 7"}
        assert (await api.client.post(grant, json=wish, headers=somebody.headers)).status_code == 403
        granted = await api.client.post(grant, json=wish, headers=administrator.headers)
        assert (granted.status_code, granted.json()["balance"]) == (201, 2.0)
        assert (await start(api, somebody, media["id"])).json()["quota"]["credits_left"] == 1.5
        told = await api.client.get(f"/api/projects/{somebody.project_id}/credits", headers=somebody.headers)
        assert told.json()["balance"] == 1.5
        assert [line["amount"] for line in told.json()["items"]] == [-0.5, 2.0]
        async with api.services.database.reading() as session:
            deed = await session.scalar(select(AuditEvent).where(AuditEvent.action == "credits.granted"))
        assert deed is not None
        assert deed.project_id == somebody.project_id


async def test_a_personal_installation_has_no_users_whose_usage_could_be_told(api: Installation) -> None:
    assert (await api.client.get("/api/users/me/usage")).status_code == 409
