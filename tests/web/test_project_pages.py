"""The pages of one project: what each role finds there, and what its forms do."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.api.accounts import deeds
from tests.api.installation import UNKNOWN_ID, Installation, wav
from tests.api.people import Somebody, person
from tests.web.browsing import form_to, forms_of, send, signed_in
from tests.web.test_projects import HOSTILE, joined

from surtitle.accounts.access import Principal, ProjectRole, Role
from surtitle.clock import utc_now
from surtitle.db.account_models import Project, UsageEntry
from surtitle.db.models import Media
from surtitle.ids import new_id

PARTS = ("", "/members", "/keys", "/webhooks", "/channels", "/retention", "/glossary", "/audit", "/settings")
FOR_OWNERS = {"/keys", "/webhooks", "/channels", "/audit", "/settings"}
KEY_SHOWN = 'id="key" class="code" readonly'


async def own_project(door: Installation) -> str:
    """The address of the project of somebody who has just come."""
    await signed_in(door)
    return (await door.client.get("/app/project")).headers["location"]


async def sent(door: Installation, page: str, action: str, **filled: object) -> httpx.Response:
    """The form to `action` on the page, filled in."""
    form = form_to((await door.client.get(page)).text, action)
    return await door.client.post(form.action, data={**form.values, **filled})


async def as_member(door: Installation, role: str) -> tuple[Somebody, str]:
    """Whoever is signed in, in another's project with that part, and its address."""
    owner = await person(door, "owner@example.org")
    await signed_in(door)
    await joined(door, owner, role)
    return owner, f"/app/projects/{owner.project_id}"


@pytest.mark.parametrize("role", ["viewer", "editor", "owner"])
async def test_each_part_finds_its_pages_and_no_others(door: Installation, role: str) -> None:
    _owner, here = await as_member(door, role)
    menu = (await door.client.get(here)).text
    for part in PARTS:
        allowed = role == "owner" or part not in FOR_OWNERS
        assert (await door.client.get(here + part)).status_code == (200 if allowed else 403), part
        assert (f'href="{here}{part}"' in menu) == allowed, part


async def test_a_viewer_finds_no_form_and_is_refused(door: Installation) -> None:
    owner, here = await as_member(door, "viewer")
    await owner.asks("PUT", "/api/glossary", json={"terms": ["Kvistholm"]})
    csrf = {"csrf": form_to((await door.client.get(here)).text, "/app/sign-out").values["csrf"]}
    glossary = (await door.client.get(f"{here}/glossary")).text
    assert "Kvistholm" in glossary
    assert f'action="{here}/glossary"' not in glossary
    assert "owner@example.org" not in (await door.client.get(f"{here}/members")).text
    assert f'action="{here}/retention' not in (await door.client.get(f"{here}/retention")).text
    for action, fields in {
        "/glossary": {"terms": "x"},
        "/keys": {"name": "x", "scopes": "read"},
        "/members/invite": {},
        "/retention": {"way-everything": "ever"},
        "/settings/name": {"name": "x"},
        "/archive": {},
    }.items():
        answer = await door.client.post(here + action, data=csrf | fields)
        assert answer.status_code == 403, action
    # To who is no member, the project is not there at all.
    await owner.asks("DELETE", f"{owner.home}/members/{await _own_id(door)}")
    for part in PARTS:
        assert (await door.client.get(here + part)).status_code == 404, part


async def _own_id(door: Installation) -> str:
    document = (await door.client.get("/api/users/me")).json()
    return str(document["id"])


async def test_a_key_is_shown_once_and_works(door: Installation) -> None:
    here = await own_project(door)
    answer = await sent(door, f"{here}/keys", f"{here}/keys", name=HOSTILE, scopes=["read"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "<script>alert" not in answer.text
    key = answer.text.partition(KEY_SHOWN)[2].partition('value="')[2].partition('"')[0]
    assert (await _by_key(door, key, "GET", "/api/jobs")).status_code == 200
    assert (await _by_key(door, key, "PUT", "/api/glossary")).status_code == 403
    page = (await door.client.get(f"{here}/keys")).text
    assert key not in page
    assert key[:11] in page
    assert "never used" not in page
    revoked = await sent(door, f"{here}/keys", _form_of(page, "/revoke"))
    assert revoked.headers["location"] == f"{here}/keys?done=revoked"
    assert (await _by_key(door, key, "GET", "/api/jobs")).status_code == 401
    assert {("key.created", "done"), ("key.revoked", "done")} <= set(await deeds(door))


async def _by_key(door: Installation, key: str, method: str, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=door.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.request(method, path, headers={"X-API-Key": key}, json={"terms": []})


def _form_of(page: str, ending: str) -> str:
    """Where the only form whose address ends so goes."""
    [action] = [one.action for one in forms_of(page) if one.action.endswith(ending)]
    return action


async def test_a_key_without_rights_or_past_its_day_is_refused_beside_the_form(door: Installation) -> None:
    here = await own_project(door)
    wrong: list[dict[str, object]] = [
        {"scopes": []},
        {"scopes": ["read", "manage"]},
        {"scopes": ["read"], "expires": "2020-01-01"},
    ]
    for fields in wrong:
        refused = await sent(door, f"{here}/keys", f"{here}/keys", name="Import", **fields)
        assert refused.status_code == 422, fields
        assert 'role="alert"' in refused.text
        assert 'value="Import"' in refused.text
    far = {"scopes": ["read"], "expires": "9999-12-31"}
    assert (await sent(door, f"{here}/keys", f"{here}/keys", name="Import", **far)).status_code == 422
    assert (await door.client.get(f"{here}/audit?to=9999-12-31")).status_code == 422
    kept = await sent(
        door, f"{here}/keys", f"{here}/keys", name="Import", scopes=["read"], expires="2999-12-31"
    )
    assert kept.status_code == 200
    assert "3000" in (await door.client.get(f"{here}/keys")).text, "the day is the last one"


async def test_a_key_is_rotated(door: Installation) -> None:
    here = await own_project(door)
    await sent(door, f"{here}/keys", f"{here}/keys", name="Import", scopes=["read"])
    page = (await door.client.get(f"{here}/keys")).text
    answer = await sent(door, f"{here}/keys", _form_of(page, "/rotate"), grace_seconds="0")
    assert KEY_SHOWN in answer.text
    assert "Ended" in (await door.client.get(f"{here}/keys")).text


async def test_members_are_invited_changed_and_taken_out(door: Installation) -> None:
    here = await own_project(door)
    members = f"{here}/members"
    wrong = await sent(door, members, f"{members}/invite", email="no address", role="viewer")
    assert wrong.status_code == 422
    assert 'value="no address"' in wrong.text
    made = await sent(door, members, f"{members}/invite", email="ben@example.org", role="viewer")
    assert "/account/invitation#in_" in made.text
    assert "ben@example.org" in (await door.client.get(members)).text
    page = (await door.client.get(members)).text
    back = await sent(door, members, _form_of(page, "/revoke"))
    assert back.headers["location"] == f"{members}?done=revoked"
    ben = await person(door, "ben@example.org")
    await door.services.people.members.set_role(
        await _administrator(door), UUID(here.rpartition("/")[2]), _id(ben), ProjectRole.EDITOR, None
    )
    changed = await sent(door, members, f"{members}/{ben.id}/role", role="viewer")
    assert changed.headers["location"] == f"{members}?done=role"
    assert (await sent(door, members, f"{members}/{ben.id}/remove")).status_code == 303
    last = await sent(door, members, f"{members}/{await _own_id(door)}/role", role="viewer")
    assert last.status_code == 409
    assert "Every project has an owner" in last.text


async def _administrator(door: Installation) -> Principal:
    somebody = await person(door, "admin@example.org", Role.ADMIN)
    return await door.services.authenticator.by_token(somebody.headers["Authorization"][7:])


def _id(somebody: Somebody) -> UUID:
    assert somebody.id is not None
    return somebody.id


async def test_a_webhook_is_made_changed_tested_and_deleted(door: Installation) -> None:
    here = await own_project(door)
    hooks = f"{here}/webhooks"
    for fields in (
        {"url": "https://192.0.2.1/x", "events": []},
        {"url": "ftp://x.example", "events": ["job.failed"]},
    ):
        refused = await sent(door, hooks, hooks, name="Archive", **fields)
        assert refused.status_code == 422, fields
        assert 'value="Archive"' in refused.text
    wish = {"name": HOSTILE, "url": "https://93.184.216.34/hook", "events": ["job.failed"]}
    made = await sent(door, hooks, hooks, **wish)
    assert "whsec_" in made.text
    assert "<script>alert" not in made.text
    assert "whsec_" not in (await door.client.get(hooks)).text
    [webhook] = (await door.client.get(f"/api/projects/{here.rpartition('/')[2]}/webhooks")).json()["items"]
    one = f"{hooks}/{webhook['id']}"
    assert (await sent(door, one, f"{one}/test")).headers["location"] == f"{one}?done=tested"
    assert "A test" in (await door.client.get(one)).text
    assert (await sent(door, one, f"{one}/switch", enabled="false")).status_code == 303
    assert "Switched off by a person" in (await door.client.get(one)).text
    changed = await sent(door, one, one, name="Archive", events=["job.succeeded"], url=wish["url"])
    assert changed.headers["location"] == f"{one}?done=changed"
    assert "whsec_" in (await sent(door, one, f"{one}/rotate", grace_seconds="0")).text
    replayed = await sent(door, one, _form_of((await door.client.get(one)).text, "/replay"))
    assert replayed.headers["location"] == f"{one}?done=replayed"
    assert (await sent(door, one, f"{one}/delete")).headers["location"] == f"{hooks}?done=deleted"
    assert (await door.client.get(one)).status_code == 404
    told = {action for action, _outcome in await deeds(door)}
    assert {"webhook.created", "webhook.changed", "webhook.rotated", "webhook.deleted"} <= told


async def test_a_webhook_of_another_project_is_not_there(door: Installation) -> None:
    other = await person(door, "other@example.org")
    wish = {"name": "Theirs", "url": "https://93.184.216.34/hook", "events": ["job.failed"]}
    theirs = (await other.does(f"{other.home}/webhooks", wish))["id"]
    here = await own_project(door)
    for address in (f"{here}/webhooks/{theirs}", f"/app/projects/{other.project_id}/webhooks/{theirs}"):
        assert (await door.client.get(address)).status_code == 404


async def test_a_channel_is_made_and_deleted_and_its_address_told_to_nobody(door: Installation) -> None:
    here = await own_project(door)
    channels = f"{here}/channels"
    for fields in (
        {"url": "nowhere", "events": ["job_failed"]},
        {"url": "ntfy://93.184.216.34/x", "events": []},
    ):
        refused = await sent(door, channels, channels, name="Team", **fields)
        assert refused.status_code == 422, fields
        assert 'value="Team"' in refused.text
        assert str(fields["url"]) not in refused.text
    wish = {"name": HOSTILE, "url": "ntfy://93.184.216.34/secret", "events": ["job_failed"]}
    made = await sent(door, channels, channels, **wish)
    assert made.headers["location"] == f"{channels}?done=created"
    page = (await door.client.get(channels)).text
    assert "<script>alert" not in page
    assert "secret" not in page
    gone = await sent(door, channels, _form_of(page, "/delete"))
    assert gone.headers["location"] == f"{channels}?done=deleted"
    assert {("channel.created", "done"), ("channel.deleted", "done")} <= set(await deeds(door))


async def test_what_would_go_is_shown_before_rules_are_saved(door: Installation) -> None:
    here = await own_project(door)
    csrf = {"X-CSRF-Token": door.client.cookies["surtitle_csrf"]}
    project = UUID(here.rpartition("/")[2])
    brought = await door.client.post("/api/media", files={"file": ("old.wav", wav())}, headers=csrf)
    async with door.services.database.writing() as session:
        media = await session.get_one(Media, UUID(brought.json()["id"]))
        media.created_at = utc_now() - timedelta(days=30)
    rules = {"way-recording": "days", "days-recording": "7", "way-everything": "ever"}
    shown = await sent(door, f"{here}/retention", f"{here}/retention/preview", **rules)
    assert shown.status_code == 200
    assert "Recordings: 1" in " ".join(shown.text.split())
    kept = await door.services.data_protection.retention.rules.of(project)
    assert not kept.own, "nothing is saved by looking"
    saved = await send(door, form_to(shown.text, f"{here}/retention"))
    assert saved.headers["location"] == f"{here}/retention?done=saved"
    kept = await door.services.data_protection.retention.rules.of(project)
    assert dict(kept.own) == {"recording": 7, "everything": None}
    wrong = await sent(
        door, f"{here}/retention", f"{here}/retention/preview", **{"way-film": "days", "days-film": "0"}
    )
    assert wrong.status_code == 422
    assert 'name="days-film" type="number" inputmode="numeric" min="1" max="36500" value="0"' in wrong.text


async def test_a_glossary_is_saved_line_by_line(door: Installation) -> None:
    here = await own_project(door)
    page = f"{here}/glossary"
    saved = await sent(door, page, page, terms=f"Kvistholm\r\n\r\n{HOSTILE}\r\n")
    assert saved.headers["location"] == f"{page}?done=saved"
    shown = (await door.client.get(page)).text
    assert "<script>alert" not in shown
    assert (await door.client.get("/api/glossary")).json()["terms"] == ["Kvistholm", HOSTILE]
    refused = await sent(door, page, page, terms="Twice\nTwice")
    assert refused.status_code == 422
    assert "Twice\nTwice" in refused.text


async def test_settings_are_changed_and_what_no_job_could_have_is_refused(door: Installation) -> None:
    here = await own_project(door)
    page = f"{here}/settings"
    assert (await sent(door, page, f"{page}/name", name="Harbour & co")).status_code == 303
    assert (await sent(door, page, f"{page}/language", language="fr")).status_code == 303
    project = await _project(door, here)
    assert project["name"] == "Harbour & co"
    assert project["default_options"]["subtitles"] == {"language": "fr"}
    assert (await sent(door, page, f"{page}/language", language="")).status_code == 303
    assert (await _project(door, here))["default_options"] == {}
    for text in ("{", "[]", '{"nonsense": {}}', '{"subtitles": {"nonsense": 1}}'):
        refused = await sent(door, page, f"{page}/options", options=text)
        assert refused.status_code == 422, text
        assert text.replace('"', "&#34;") in refused.text
    options = '{"subtitles": {"subtitles": {"max_lines": 1}}}'
    assert (await sent(door, page, f"{page}/options", options=options)).status_code == 303
    assert (await _project(door, here))["default_options"]["subtitles"] == {"subtitles": {"max_lines": 1}}


async def _project(door: Installation, here: str) -> dict[str, Any]:
    document: dict[str, Any] = (await door.client.get(f"/api/projects/{here.rpartition('/')[2]}")).json()
    return document


async def test_the_overview_tells_usage_and_quotas_to_those_who_may_know(door: Installation) -> None:
    owner, here = await as_member(door, "viewer")
    async with door.services.database.writing() as session:
        (await session.get_one(Project, owner.project_id)).minutes_a_month = 100
        session.add(
            UsageEntry(
                id=new_id(), project_id=owner.project_id, user_id=owner.id, kind="audio_seconds",
                amount=1500.0, state="settled",
            )
        )  # fmt: skip
    seen = (await door.client.get(here)).text
    assert "<svg" in seen
    assert "Minutes left this month" in seen
    assert "owner@example.org" not in seen
    await door.services.people.members.set_role(
        await _administrator(door), owner.project_id, UUID(await _own_id(door)), ProjectRole.OWNER, None
    )
    seen = (await door.client.get(here)).text
    assert "25 of 100" in seen
    assert "owner@example.org" in seen
    empty = (await door.client.get(f"{here}?month=2020-02")).text
    assert "Used in February 2020" in empty
    assert f"{here}?month=2020-03" in empty
    assert (await door.client.get(f"{here}?month=2020-13")).status_code == 422


async def test_the_trail_is_narrowed_and_names_no_address(door: Installation) -> None:
    here = await own_project(door)
    await sent(door, f"{here}/keys", f"{here}/keys", name="Import", scopes=["read"])
    page = (await door.client.get(f"{here}/audit?action=key.*")).text
    assert "key.created" in page
    assert "project.created" not in page
    assert "127.0.0.1" not in page
    assert "key.created" not in (await door.client.get(f"{here}/audit?to=2020-01-01")).text


@pytest.mark.parametrize("project_id", [UNKNOWN_ID, "nonsense"])
@pytest.mark.parametrize("part", PARTS)
async def test_a_project_that_is_not_there_has_no_pages(
    door: Installation, part: str, project_id: str
) -> None:
    await signed_in(door)
    assert (await door.client.get(f"/app/projects/{project_id}{part}")).status_code == 404
