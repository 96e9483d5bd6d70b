"""What routes tell the audit trail, and how people read it."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from tests.accounts.belongings import transcribed
from tests.api.installation import UNKNOWN_ID, Installation, wav
from tests.api.people import Somebody, key_in, person
from tests.api.test_access import requirements

from surtitle.accounts.access import Permission, Role
from surtitle.accounts.audit_reading import AuditEntry, AuditFilter
from surtitle.api.access import InProject
from surtitle.api.auditing import REFUSALS_A_MINUTE, Audited
from surtitle.db.account_models import Membership

# What changes no content of a project, or tells the trail itself, in the transaction of the change.
NOT_CONTENTS = {
    ("HEAD", "/api/uploads/{upload_id}"),
    ("GET", "/api/uploads/{upload_id}"),
    # Nothing has become of it yet that anybody could have seen.
    ("DELETE", "/api/uploads/{upload_id}"),
    ("POST", "/api/direct-uploads"),
    ("GET", "/api/direct-uploads/{direct_id}"),
    ("DELETE", "/api/direct-uploads/{direct_id}"),
    ("PUT", "/api/glossary"),
    ("POST", "/api/glossary"),
    # A guess at what something would cost; nothing is made.
    ("POST", "/api/jobs/estimate"),
    # A text goes in and comes out as sound; nothing of either is kept.
    ("POST", "/v1/audio/speech"),
}
HANDS_OUT = (
    "content", "artifacts/{name}", "result", "minutes", "preview", "preview/frame", "export", "diff",
    "history",
)  # fmt: skip


def audits(dependant: Dependant) -> Iterator[Audited]:
    if isinstance(dependant.call, Audited):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from audits(inner)


async def entries(api: Installation, action: str | None = None) -> list[AuditEntry]:
    return [one async for one in api.services.data_protection.trail.stream(AuditFilter(action))]


async def test_every_route_that_changes_or_hands_out_contents_tells_the_trail(api: Installation) -> None:
    silent = []
    for route in iter_route_contexts(api.app.routes):
        dependant = getattr(route, "dependant", None)
        path = route.path or ""
        if dependant is None or "{project_id}" in path or "users/me" in path or "/admin/" in path:
            continue
        needs = [one.permission for one in requirements(dependant) if isinstance(one, InProject)]
        changes = bool({Permission.WRITE, Permission.DELETE} & set(needs))
        hands_out = bool(needs) and path.endswith(HANDS_OUT)
        silent += [
            (method, path)
            for method in route.methods or ()
            if (changes or hands_out) and not list(audits(dependant)) and method != "HEAD"
        ]
    assert set(silent) - NOT_CONTENTS == set()


async def test_what_is_done_to_contents_is_told_with_who_and_which(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    job, transcript, media = (f"/api/{kind}/{made[name]}" for kind, name in (
        ("jobs", "job"), ("transcripts", "transcript"), ("media", "media"),
    ))  # fmt: skip
    for path in (
        f"{job}/artifacts/transcript.txt", f"{job}/result", f"{job}/preview", transcript,
        f"{transcript}/export", f"{media}/content",
    ):  # fmt: skip
        assert (await ana.asks("GET", path)).status_code == 200, path
    operations = [{"op": "change_word", "word": "w2", "text": "x"}]
    edit = {"base_revision": 1, "operations": operations}
    await ana.does(f"{transcript}/revisions", edit)
    for path in (transcript, job, media):
        assert (await ana.asks("DELETE", path)).status_code == 204, path
    told = [one for one in await entries(exposed) if one.actor.kind == "user" and one.address]
    assert [(one.action, one.object_kind, one.object_id) for one in told] == [
        ("recording.uploaded", "recording", made["media"]),
        ("job.started", "job", made["job"]),
        ("artifact.downloaded", "job", made["job"]),
        ("result.downloaded", "job", made["job"]),
        ("preview.seen", "job", made["job"]),
        ("transcript.read", "transcript", made["transcript"]),
        ("transcript.exported", "transcript", made["transcript"]),
        ("recording.downloaded", "recording", made["media"]),
        ("transcript.edited", "transcript", made["transcript"]),
        ("transcript.deleted", "transcript", made["transcript"]),
        ("job.deleted", "job", made["job"]),
        ("recording.deleted", "recording", made["media"]),
    ]
    assert {(one.actor.id, one.actor.name, one.address, one.project_id) for one in told} == {
        (str(ana.id), "ana@example.org", "127.0.0.1", ana.project_id)
    }
    assert told[2].detail == {"name": "transcript.txt"}
    assert (await exposed.services.data_protection.verification.verify()).fault is None


async def test_the_ranges_of_one_player_are_one_entry(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    for start in range(0, 50, 10):
        part = {"Range": f"bytes={start}-{start + 9}"}
        answer = await ana.asks("GET", f"/api/media/{made['media']}/content", headers=part)
        assert answer.status_code == 206
    key = await key_in(exposed, ana.project_id)
    assert (await key.asks("GET", f"/api/media/{made['media']}/content")).status_code == 200
    assert [one.actor.kind for one in await entries(exposed, "recording.downloaded")] == ["user", "key"]


async def test_what_failed_is_not_told_as_done(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    assert (await ana.asks("DELETE", f"/api/media/{made['media']}")).status_code == 409
    assert (await ana.asks("GET", f"/api/jobs/{made['job']}/artifacts/none")).status_code == 404
    assert await entries(exposed, "recording.deleted") == []
    assert await entries(exposed, "artifact.downloaded") == []


async def test_a_personal_installation_has_no_trail_of_contents_unless_asked(api: Installation) -> None:
    await api.bring()
    assert await entries(api) == []


async def refused(api: Installation) -> list[tuple[str | None, str, dict[str, Any]]]:
    return [(one.object_kind, one.actor.name, one.detail) for one in await entries(api, "access.refused")]


async def test_a_knock_at_anothers_door_is_told_to_the_owner(exposed: Installation) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    job = await ana.starts()
    for path in (f"/api/jobs/{job['id']}", f"/api/jobs/{UNKNOWN_ID}", ana.home):
        assert (await bob.asks("GET", path)).status_code == 404
    key = await key_in(exposed, bob.project_id)
    assert (await key.asks("GET", f"/api/jobs/{job['id']}")).status_code == 404
    page = await ana.gets(f"{ana.home}/audit?action=access.refused")
    assert [(one["object_kind"], one["actor"]["kind"]) for one in page["items"]] == [
        ("job", "key"), ("project", "user"), ("job", "user"),
    ]  # fmt: skip
    assert len(await refused(exposed)) == 3


async def test_what_is_not_ones_to_do_is_told(exposed: Installation) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    job = await ana.starts()
    assert bob.id is not None
    async with exposed.services.database.writing() as session:
        session.add(Membership(project_id=ana.project_id, user_id=bob.id, role="viewer"))
    exposed.services.authenticator.forget_everybody()
    assert (await bob.asks("DELETE", f"/api/jobs/{job['id']}")).status_code == 403
    assert await refused(exposed) == [("job", "bob@example.org", {"method": "DELETE", "why": "not-allowed"})]


async def test_the_trail_cannot_be_flooded_with_refusals(exposed: Installation) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    for _ in range(REFUSALS_A_MINUTE + 5):
        assert (await bob.asks("GET", ana.home)).status_code == 404
    told = await refused(exposed)
    assert len(told) == REFUSALS_A_MINUTE
    assert told[-1][2]["further"]


async def test_staff_reads_and_filters_the_trail_page_by_page(exposed: Installation) -> None:
    staff = await person(exposed, "staff@example.org", Role.SUPPORT)
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    await ana.starts()
    await bob.starts()
    first = await staff.gets(f"/api/admin/audit?actor={ana.id}&limit=1")
    assert [one["action"] for one in first["items"]] == ["job.started"]
    rest = await staff.gets(f"/api/admin/audit?actor={ana.id}&cursor={first['next_cursor']}")
    assert "recording.uploaded" in [one["action"] for one in rest["items"]]
    of_bob = await staff.gets(f"/api/admin/audit?project={bob.project_id}&action=job.*")
    assert [one["actor"]["name"] for one in of_bob["items"]] == ["bob@example.org"]
    assert (await staff.gets("/api/admin/audit?to=2001-01-01T00:00:00Z"))["items"] == []
    one = of_bob["items"][0]
    by_object = await staff.gets(f"/api/admin/audit?object={one['object_id']}")
    assert [found["number"] for found in by_object["items"]] == [one["number"]]
    about_ana = await staff.gets(f"/api/admin/audit?object={ana.id}")
    assert {found["object_id"] for found in about_ana["items"]} <= {str(ana.id)}


@pytest.mark.parametrize(
    "query", ["object=%00", "object=a'--", "action=%27", "cursor=x", "actor=1", "from=now"]
)
async def test_senseless_filters_are_refused(exposed: Installation, query: str) -> None:
    staff = await person(exposed, "staff@example.org", Role.SUPPORT)
    assert (await staff.asks("GET", f"/api/admin/audit?{query}")).status_code == 422


async def test_only_staff_reads_the_whole_trail_and_only_owners_that_of_a_project(
    exposed: Installation,
) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    for path in ("/api/admin/audit", "/api/admin/audit/export", "/api/admin/erasures"):
        assert (await ana.asks("GET", path)).status_code == 403
    assert (await bob.asks("GET", f"{ana.home}/audit")).status_code == 404
    key = await key_in(exposed, ana.project_id)
    assert (await key.asks("GET", f"{ana.home}/audit")).status_code == 403
    await ana.starts()
    page = await ana.gets(f"{ana.home}/audit")
    assert {one["project_id"] for one in page["items"]} == {str(ana.project_id)}
    assert {one["address"] for one in page["items"]} == {None}


async def test_the_trail_is_had_as_a_file_and_taking_it_is_told(exposed: Installation) -> None:
    staff = await person(exposed, "staff@example.org", Role.ADMIN)
    ana = await person(exposed, "=cmd@example.org")
    await _brings(ana)
    lines = (await staff.asks("GET", "/api/admin/audit/export")).text.splitlines()
    assert [json.loads(line)["number"] for line in lines] == list(range(1, len(lines) + 1))
    table = (await staff.asks("GET", "/api/admin/audit/export?format=csv")).text
    rows = list(csv.DictReader(io.StringIO(table)))
    uploaded = next(row for row in rows if row["action"] == "recording.uploaded")
    assert uploaded["actor"] == "'=cmd@example.org"
    assert [row["action"] for row in rows].count("audit.exported") == 2


async def _brings(who: Somebody) -> UUID:
    answer = await who.asks("POST", "/api/media", files={"file": ("talk.wav", wav())})
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])
