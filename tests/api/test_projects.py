import asyncio
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select
from tests.api.installation import UNKNOWN_ID, Installation, wav
from tests.api.people import Somebody, key_in, person

from surtitle.accounts.access import Permission, Role
from surtitle.db.account_models import AuditEvent, Membership, Project
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT


async def test_a_person_makes_renames_and_lists_projects(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, "ben@example.org")
    made = await ana.does("/api/projects", {"name": "  Entrevistas 2026 "})
    assert (made["name"], made["role"], made["archived_at"]) == ("Entrevistas 2026", "owner", None)
    path = made["links"]["self"]
    changed = await ana.asks("PATCH", path, json={"name": "Interviews", "retention_days": 30})
    assert (changed.json()["name"], changed.json()["retention_days"]) == ("Interviews", 30)
    assert [one["name"] for one in (await ana.gets("/api/projects"))["items"]] == ["Interviews", "Personal"]
    assert [one["id"] for one in (await ben.gets("/api/projects"))["items"]] == [str(ben.project_id)]
    assert (await ana.gets("/api/projects?limit=1"))["next_cursor"] is not None


async def test_one_owner_has_no_two_projects_of_a_name_and_two_people_may(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, "ben@example.org")
    both = await asyncio.gather(
        *(ana.asks("POST", "/api/projects", json={"name": "Interviews"}) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in both) == [201, 409]
    await ben.does("/api/projects", {"name": "Interviews"})
    renamed = await ana.asks("PATCH", ana.home, json={"name": "Interviews"})
    assert (renamed.status_code, renamed.json()["type"]) == (409, "/problems/project-name-taken")
    assert (await ana.asks("PATCH", ana.home, json={"name": "Personal"})).status_code == 200


async def test_a_person_owns_no_more_projects_than_the_settings_allow(exposed: Installation) -> None:
    ana = await person(exposed)
    most = exposed.settings.accounts.most_projects
    for number in range(most - 1):
        await ana.does("/api/projects", {"name": f"No. {number}"})
    refused = await ana.asks("POST", "/api/projects", json={"name": "one more"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too-many-projects")


async def test_anothers_project_is_told_of_as_one_that_does_not_exist(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, "ben@example.org")
    keys = [await key_in(exposed, ben.project_id)]
    for caller in [ben, *keys]:
        for method, path in FOREIGN:
            foreign = await caller.asks(method, path.format(ana.project_id), json=BODIES.get(method))
            unknown = await caller.asks(method, path.format(UNKNOWN_ID), json=BODIES.get(method))
            assert foreign.status_code == unknown.status_code == 404, (method, path)
            told = foreign.text.replace(str(ana.project_id), UNKNOWN_ID)
            assert without_reference(told, foreign) == without_reference(unknown.text, unknown)


FOREIGN = [
    ("GET", "/api/projects/{}"),
    ("PATCH", "/api/projects/{}"),
    ("POST", "/api/projects/{}/archive"),
    ("GET", "/api/projects/{}/keys"),
    ("DELETE", f"/api/projects/{{}}/keys/{UNKNOWN_ID}"),
    ("GET", "/api/projects/{}/invitations"),
]
BODIES = {"PATCH": {"name": "mine now"}}


def without_reference(text: str, answer: httpx.Response) -> str:
    return text.replace(answer.json()["reference"], "")


async def test_another_projects_objects_are_nowhere_for_a_key_and_for_a_person(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, "ben@example.org")
    job = await ana.starts()
    await exposed.finish()
    transcript = (await ana.gets("/api/transcripts"))["items"][0]["id"]
    for caller in (ben, await key_in(exposed, ben.project_id)):
        for path in ("/api/jobs", "/api/media", "/api/transcripts"):
            assert (await caller.gets(path))["items"] == []
        for method, path in (
            ("GET", job["links"]["self"]),
            ("DELETE", job["links"]["self"]),
            ("GET", job["links"]["events"]),
            ("GET", job["links"]["artifacts"]),
            ("GET", f"{job['links']['artifacts']}/transcript.json"),
            ("GET", job["links"]["result"]),
            ("POST", job["links"]["cancel"]),
            ("GET", job["links"]["media"]),
            ("DELETE", job["links"]["media"]),
            ("GET", f"/api/transcripts/{transcript}"),
            ("GET", f"/api/transcriptions/{job['id']}"),
        ):
            answer = await caller.asks(method, path)
            assert answer.status_code == 404, (method, path, answer.text)
            # Not even the project that has it: the answer is the one for an id that nobody has.
            assert str(ana.project_id) not in answer.text
            assert answer.json()["type"] != "/problems/project-not-found"
    assert (await ana.asks("GET", job["links"]["self"])).status_code == 200


async def test_an_archived_project_can_be_read_and_nothing_more(exposed: Installation) -> None:
    admin, ana = await person(exposed, "root@example.org", Role.ADMIN), await person(exposed)
    job, key = await ana.starts(), await key_in(exposed, ana.project_id)
    await ana.does(f"{ana.home}/archive", status=200)
    there = {"X-Surtitle-Project": str(ana.project_id)}
    for caller in (ana, admin, key):
        answer = await caller.asks("POST", "/upload", headers=there)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed")
        assert "archived" in answer.json()["detail"]
        assert (await caller.asks("GET", job["links"]["self"])).status_code == 200
    assert (await ana.asks("DELETE", job["links"]["self"])).status_code == 403
    assert (await ana.does(f"{ana.home}/unarchive", status=200))["archived_at"] is None
    await ana.does(job["links"]["cancel"], status=202)


async def test_the_project_of_the_command_line_is_not_archived(api: Installation) -> None:
    answer = await api.client.post(f"/api/projects/{PERSONAL_PROJECT}/archive")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/first-project-stays")


async def test_the_first_administrator_gets_what_the_personal_installation_kept(
    exposed: Installation,
) -> None:
    admin = await person(exposed, "root@example.org", Role.ADMIN)
    second = await person(exposed, "other@example.org", Role.ADMIN)
    assert admin.project_id == PERSONAL_PROJECT != second.project_id
    assert (await admin.gets(admin.home))["role"] == "owner"


async def test_staff_sees_all_projects_and_others_are_refused(exposed: Installation) -> None:
    ana, helper = await person(exposed), await person(exposed, "help@example.org", Role.SUPPORT)
    shown = (await helper.gets("/api/projects?all=true"))["items"]
    assert {one["id"] for one in shown} == {
        str(ana.project_id),
        str(helper.project_id),
        str(PERSONAL_PROJECT),
    }
    assert [one["role"] for one in shown] == ["owner", None, None]
    assert all(one["quotas"] is None for one in shown if one["role"] is None)
    for caller in (ana, await key_in(exposed, ana.project_id)):
        assert (await caller.asks("GET", "/api/projects?all=true")).status_code == 403
    assert (await helper.asks("PATCH", ana.home, json={"name": "x"})).status_code == 403


async def test_quotas_are_the_administrators_to_set(exposed: Installation) -> None:
    admin, ana = await person(exposed, "root@example.org", Role.ADMIN), await person(exposed)
    path = f"/api/admin{ana.home.removeprefix('/api')}/quotas"
    assert (await ana.asks("PATCH", path, json={"parallel_jobs": 99})).status_code == 403
    assert (await ana.asks("PATCH", ana.home, json={"parallel_jobs": 99})).status_code == 422
    set_first = await admin.asks("PATCH", path, json={"parallel_jobs": 2, "minutes_a_month": 60})
    assert set_first.status_code == 200, set_first.text
    await admin.asks("PATCH", path, json={"parallel_jobs": None})
    assert (await ana.gets(ana.home))["quotas"] == {
        "minutes_a_month": 60,
        "storage_bytes": None,
        "parallel_jobs": None,
        "requests_a_minute": None,
    }


async def test_a_default_project_is_where_work_lands(exposed: Installation) -> None:
    ana = await person(exposed)
    other = await ana.does("/api/projects", {"name": "Other"})
    await ana.does(f"{other['links']['self']}/default", status=200)
    job = await ana.starts()
    async with exposed.services.database.reading() as session:
        assert (await session.get_one(Job, UUID(job["id"]))).project_id == UUID(other["id"])
        assert (await session.get_one(Job, UUID(job["id"]))).created_by == ana.id


async def test_a_projects_options_are_those_of_jobs_that_name_none(exposed: Installation) -> None:
    ana = await person(exposed)
    defaults = {"transcript": {"language": "fr", "beam_size": 3}}
    answer = await ana.asks("PATCH", ana.home, json={"default_options": defaults})
    assert answer.json()["default_options"] == defaults
    options = (await ana.starts())["options"]
    assert (options["language"], options["beam_size"], options["vad"]) == ("fr", 3, True)
    media = (await ana.gets("/api/media"))["items"][0]["id"]
    wish = {"recipe": "transcript", "media_id": media, "options": {"language": "es"}}
    named = (await ana.does("/api/jobs", wish, status=202))["options"]
    assert (named["language"], named["beam_size"]) == ("es", 3)
    profile = (await ana.gets("/api/users/me/profiles"))["items"][0]["id"]
    await ana.asks(
        "PATCH",
        f"/api/users/me/profiles/{profile}",
        json={"default_options": {"transcript": {"beam_size": 7}}},
    )
    assert (await ana.starts())["options"]["beam_size"] == 7


async def test_dialects_heed_the_projects_options_too(exposed: Installation) -> None:
    ana = await person(exposed)
    key = await key_in(exposed, ana.project_id)
    await ana.asks("PATCH", ana.home, json={"default_options": {"transcript": {"language": "fr"}}})
    for path in ("/transcribe", "/api/transcriptions"):
        answer = await key.asks("POST", path, files={"file": ("nota.wav", wav())})
        job_id = answer.json().get("job_id") or answer.json()["id"]
        assert (await key.gets(f"/api/jobs/{job_id}"))["options"]["language"] == "fr", path


@pytest.mark.parametrize(
    "options",
    [
        {"transcript": {"language": "klingonés"}},
        {"nonsense": {}},
        {"transcript": {"nonsense": 1}},
        {"transcript": []},
        {"transcript": {"subtitles": {}}},
    ],
)
async def test_options_that_no_job_could_have_are_no_defaults(
    exposed: Installation, options: dict[str, object]
) -> None:
    ana = await person(exposed)
    assert (await ana.asks("PATCH", ana.home, json={"default_options": options})).status_code == 422


HOSTILE = [
    "", " ", "\t", "a\r\nSet-Cookie: x", "a\x00b", "\u202egpj.exe", "x" * 121, "\u2028", "x" * 10_000,
]  # fmt: skip
HARMLESS = [
    "'; DROP TABLE projects; --",
    "{{ 7*7 }}${7*7}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "名前 %s",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_names_that_no_list_could_show_are_refused(exposed: Installation, name: str) -> None:
    ana = await person(exposed)
    for method, path in (("POST", "/api/projects"), ("PATCH", ana.home), ("POST", f"{ana.home}/keys")):
        assert (await ana.asks(method, path, json={"name": name})).status_code == 422, path


async def test_names_are_kept_as_they_are_however_they_look(exposed: Installation) -> None:
    ana = await person(exposed)
    for name in HARMLESS:
        made = await ana.does("/api/projects", {"name": name})
        assert (await ana.gets(made["links"]["self"]))["name"] == name
        assert (await ana.does(f"{ana.home}/keys", {"name": name}))["name"] == name


async def test_a_personal_installation_has_one_project_and_says_so(api: Installation) -> None:
    [only] = (await api.client.get("/api/projects")).json()["items"]
    assert (only["id"], only["name"], only["role"]) == (str(PERSONAL_PROJECT), "Personal", "owner")
    for path in ("/api/projects", f"/api/projects/{PERSONAL_PROJECT}/invitations", "/api/invitations/accept"):
        body = {"token": "in_x"} if "accept" in path else {"name": "x"} if path == "/api/projects" else {}
        answer = await api.client.post(path, json=body)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/personal-installation")


async def test_what_was_done_is_in_the_audit_trail(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await ana.does("/api/projects", {"name": "Interviews"})
    await ana.asks("PATCH", made["links"]["self"], json={"name": "Interviews 2"})
    await ana.does(f"{made['links']['self']}/archive", status=200)
    async with exposed.services.database.reading() as session:
        told = await session.scalars(
            select(AuditEvent.action)
            .where(AuditEvent.project_id == UUID(made["id"]))
            .order_by(AuditEvent.number)
        )
        assert list(told) == ["project.created", "project.changed", "project.archived"]
        assert await session.scalar(select(func.count()).select_from(Project)) == 3
        assert await session.scalar(select(func.count()).select_from(Membership)) == 2


async def test_a_key_reads_its_project_and_manages_nothing(exposed: Installation) -> None:
    ana = await person(exposed)
    key = await key_in(exposed, ana.project_id, {Permission.READ})
    [only] = (await key.gets("/api/projects"))["items"]
    assert (only["id"], only["role"], only["quotas"]) == (str(ana.project_id), None, None)
    refused: list[tuple[str, str]] = [
        ("PATCH", key.home),
        ("POST", f"{key.home}/keys"),
        ("GET", f"{key.home}/keys"),
        ("GET", f"{key.home}/members"),
        ("POST", f"{key.home}/leave"),
        ("POST", "/api/projects"),
    ]
    for method, path in refused:
        answer = await Somebody.asks(key, method, path, json={"name": "x"})
        assert answer.status_code == 403, (method, path, answer.text)
