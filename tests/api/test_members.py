import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update
from tests.api.installation import UNKNOWN_ID, Installation, installed
from tests.api.people import Somebody, person
from tests.notifications.postbox import mail_settings, open_postbox

from surtitle.accounts.access import Role
from surtitle.accounts.secrets import token_hash
from surtitle.clock import utc_now
from surtitle.config import ServerSettings
from surtitle.db.account_models import AuditEvent, Invitation, User

BEN = "ben@example.org"


async def invited(owner: Somebody, guest: Somebody, role: str = "editor") -> None:
    invitation = await owner.does(f"{owner.home}/invitations", {"role": role})
    await guest.does("/api/invitations/accept", {"token": invitation["token"]}, status=200)


async def test_who_accepts_an_invitation_works_in_the_project_at_once(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, BEN)
    job = await ana.starts()
    assert (await ben.asks("GET", ana.home)).status_code == 404
    await invited(ana, ben, "viewer")
    assert (await ben.gets(ana.home))["role"] == "viewer"
    assert (await ben.gets(job["links"]["self"]))["id"] == job["id"]
    assert (await ben.asks("DELETE", job["links"]["self"])).status_code == 403
    await ana.asks("PUT", f"{ana.home}/members/{ben.id}", json={"role": "editor"})
    assert (await ben.asks("POST", job["links"]["cancel"])).status_code == 202


async def test_members_see_each_other_and_owners_see_addresses(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, BEN)
    await invited(ana, ben)
    by_owner = (await ana.gets(f"{ana.home}/members"))["items"]
    assert [(one["user_id"], one["role"], one["email"]) for one in by_owner] == [
        (str(ana.id), "owner", "ana@example.org"),
        (str(ben.id), "editor", BEN),
    ]
    assert [one["email"] for one in (await ben.gets(f"{ana.home}/members"))["items"]] == [None, None]
    assert (await ben.asks("DELETE", f"{ana.home}/members/{ana.id}")).status_code == 403


async def test_there_is_always_an_owner(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, BEN)
    await invited(ana, ben)
    mine = f"{ana.home}/members/{ana.id}"
    for answer in (
        await ana.asks("POST", f"{ana.home}/leave"),
        await ana.asks("DELETE", mine),
        await ana.asks("PUT", mine, json={"role": "editor"}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/last-owner")
    await ana.asks("PUT", f"{ana.home}/members/{ben.id}", json={"role": "owner"})
    both = await asyncio.gather(ana.asks("POST", f"{ana.home}/leave"), ben.asks("POST", f"{ana.home}/leave"))
    assert sorted(answer.status_code for answer in both) == [204, 409]


async def test_an_owner_whose_account_is_closed_does_not_count(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, BEN)
    await invited(ana, ben, "owner")
    async with exposed.services.database.writing() as session:
        await session.execute(update(User).where(User.id == ben.id).values(state="blocked"))
    assert (await ana.asks("POST", f"{ana.home}/leave")).status_code == 409


async def test_who_was_taken_out_is_out_at_once_and_works_at_home_again(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, BEN)
    await invited(ana, ben)
    await ben.does(f"{ana.home}/default", status=200)
    job = await ben.starts()
    assert (await ana.gets("/api/jobs"))["items"][0]["id"] == job["id"]
    assert (await ana.asks("DELETE", f"{ana.home}/members/{ben.id}")).status_code == 204
    assert (await ben.asks("GET", job["links"]["self"])).status_code == 404
    assert (await ben.gets("/api/jobs"))["items"] == []


async def test_nobody_is_brought_in_by_id_but_by_an_administrator(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, BEN)
    admin = await person(exposed, "root@example.org", Role.ADMIN)
    wish = {"role": "viewer"}
    stranger = await ana.asks("PUT", f"{ana.home}/members/{ben.id}", json=wish)
    nobody = await ana.asks("PUT", f"{ana.home}/members/{UNKNOWN_ID}", json=wish)
    assert stranger.status_code == nobody.status_code == 404
    assert stranger.json()["type"] == nobody.json()["type"] == "/problems/member-not-found"
    assert (await admin.asks("PUT", f"{ana.home}/members/{ben.id}", json=wish)).status_code == 200
    assert (await ben.gets(ana.home))["role"] == "viewer"


async def test_of_two_who_accept_at_once_one_is_let_in(exposed: Installation) -> None:
    ana = await person(exposed)
    guests = [await person(exposed, f"guest{number}@example.org") for number in range(4)]
    invitation = await ana.does(f"{ana.home}/invitations", {})
    answers = await asyncio.gather(
        *(one.asks("POST", "/api/invitations/accept", json={"token": invitation["token"]}) for one in guests)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    assert len((await ana.gets(f"{ana.home}/members"))["items"]) == 2
    [listed] = (await ana.gets(f"{ana.home}/invitations"))["items"]
    assert listed["accepted_at"] is not None
    assert "token" not in listed


async def test_an_invitation_to_an_address_is_mailed_there_and_good_for_it_alone(
    exposed: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    ana, ben = await person(exposed), await person(exposed, BEN)
    eve = await person(exposed, "eve@example.org")
    caplog.set_level(logging.WARNING, "surtitle.notifications.post")
    wish = {"email": "Ben@Example.ORG", "role": "viewer"}
    invitation = await ana.does(f"{ana.home}/invitations", wish)
    assert (invitation["email"], invitation["role"]) == (BEN, "viewer")
    assert invitation["token"] in caplog.text
    assert "Ben@" in caplog.text
    accept = ("POST", "/api/invitations/accept")
    refused = await eve.asks(*accept, json={"token": invitation["token"]})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/invitation-for-another")
    joined = await ben.asks(*accept, json={"token": invitation["token"]})
    assert (joined.status_code, joined.json()["role"]) == (200, "viewer")


async def test_an_answer_does_not_tell_who_has_an_account(exposed: Installation) -> None:
    ana, _ = await person(exposed), await person(exposed, BEN)
    known, unknown = [
        await ana.does(f"{ana.home}/invitations", {"email": email}) for email in (BEN, "nobody@example.org")
    ]
    told = {"id", "token", "email", "expires_at", "created_at"}
    assert {name: known[name] for name in known.keys() - told} == {
        name: unknown[name] for name in unknown.keys() - told
    }


async def test_a_revoked_or_old_or_made_up_invitation_lets_nobody_in(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, BEN)
    revoked, old = [await ana.does(f"{ana.home}/invitations", {}) for _ in range(2)]
    assert (await ben.asks("DELETE", f"{ana.home}/invitations/{revoked['id']}")).status_code == 404
    assert (await ana.asks("DELETE", f"{ana.home}/invitations/{revoked['id']}")).status_code == 204
    assert (await ana.asks("DELETE", f"{ana.home}/invitations/{revoked['id']}")).status_code == 404
    async with exposed.services.database.writing() as session:
        past = utc_now() - timedelta(seconds=1)
        await session.execute(
            update(Invitation).where(Invitation.id == UUID(old["id"])).values(expires_at=past)
        )
    for token in (revoked["token"], old["token"], "in_nonsense", "' OR 1=1 --", token_hash(old["token"])):
        answer = await ben.asks("POST", "/api/invitations/accept", json={"token": token})
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/invitation-not-found")


async def test_what_an_owner_sent_out_is_void_once_they_are_none(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, BEN)
    await invited(ana, ben, "owner")
    sent = await ben.does(f"{ana.home}/invitations", {"role": "owner"})
    await ana.asks("PUT", f"{ana.home}/members/{ben.id}", json={"role": "editor"})
    refused = await ben.asks("POST", "/api/invitations/accept", json={"token": sent["token"]})
    assert refused.status_code == 404
    assert (await ben.gets(ana.home))["role"] == "editor"


async def test_an_invitation_takes_no_part_away(exposed: Installation) -> None:
    ana = await person(exposed)
    sent = await ana.does(f"{ana.home}/invitations", {"role": "viewer"})
    joined = await ana.does("/api/invitations/accept", {"token": sent["token"]}, status=200)
    assert joined["role"] == "owner"


async def test_an_administrators_invitation_lets_one_person_register(exposed: Installation) -> None:
    admin, ana = await person(exposed, "root@example.org", Role.ADMIN), await person(exposed)
    assert (await ana.asks("POST", "/api/admin/invitations", json={})).status_code == 403
    made = await admin.does("/api/admin/invitations", {"email": "new@example.org"})
    joining = await ana.asks("POST", "/api/invitations/accept", json={"token": made["token"]})
    assert joining.status_code == 403
    open_to_all = await admin.does("/api/admin/invitations", {})
    joining = await ana.asks("POST", "/api/invitations/accept", json={"token": open_to_all["token"]})
    assert (joining.status_code, joining.json()["type"]) == (409, "/problems/nothing-to-join")
    listed = (await admin.gets("/api/admin/invitations"))["items"]
    assert [one["accepted_at"] for one in listed] == [None, None]
    assert (await admin.asks("DELETE", f"/api/admin/invitations/{made['id']}")).status_code == 204


async def test_who_registers_with_an_invitation_is_a_member_from_the_start(exposed: Installation) -> None:
    ana = await person(exposed)
    sent = await ana.does(f"{ana.home}/invitations", {"email": BEN, "role": "editor"})
    wish = {"email": BEN, "password": "correct horse battery", "invitation": sent["token"]}
    registered = await exposed.client.post("/api/register", json=wish)
    assert registered.status_code in {200, 201}, registered.text
    assert {one["role"] for one in (await ana.gets(f"{ana.home}/members"))["items"]} == {"owner", "editor"}
    again = await exposed.client.post("/api/register", json={**wish, "email": "eve@example.org"})
    assert again.status_code in {403, 404}


async def test_too_many_open_invitations_are_refused(exposed: Installation) -> None:
    ana = await person(exposed)
    answers = [await ana.asks("POST", f"{ana.home}/invitations", json={}) for _ in range(101)]
    assert [answer.status_code for answer in answers] == [201] * 100 + [409]


@pytest.mark.parametrize(
    "wish",
    [
        {"email": "no address"},
        {"email": "a@b.org\r\nBcc: c@d.org"},
        {"role": "admin"},
        {"days": 0},
        {"days": 10_000},
        {"email": "x" * 400 + "@example.org"},
        {"expires_at": "2099-01-01T00:00:00Z"},
    ],
)
async def test_what_is_no_invitation_is_refused(exposed: Installation, wish: dict[str, object]) -> None:
    ana = await person(exposed)
    answer = await ana.asks("POST", f"{ana.home}/invitations", json=wish)
    assert answer.status_code == 422, answer.text


async def test_who_came_and_went_is_in_the_audit_trail_without_names(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, BEN)
    await invited(ana, ben)
    await ben.does(f"{ana.home}/leave", status=204)
    async with exposed.services.database.reading() as session:
        told = list(
            await session.scalars(
                select(AuditEvent).where(AuditEvent.project_id == ana.project_id).order_by(AuditEvent.number)
            )
        )
    assert [one.action for one in told] == [
        "project.created",
        "invitation.created",
        "invitation.accepted",
        "member.joined",
        "member.left",
    ]
    assert all(one.origin is not None for one in told[1:])
    assert "example.org" not in str([one.detail for one in told])


async def test_nobodys_mailbox_is_filled_with_invitations(exposed: Installation) -> None:
    """Not by taking each back before the next, nor from several accounts, nor by other spellings."""
    ana, ben = await person(exposed), await person(exposed, BEN)
    for _ in range(5):
        made = await ana.does(f"{ana.home}/invitations", {"email": "eve@example.org"})
        assert (await ana.asks("DELETE", f"{ana.home}/invitations/{made['id']}")).status_code == 204
    for one, email in ((ana, "eve@example.org"), (ben, "Eve+news@Example.org")):
        refused = await one.asks("POST", f"{one.home}/invitations", json={"email": email})
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-letters")
        assert 0 < int(refused.headers["Retry-After"]) <= 3600
    await ana.does(f"{ana.home}/invitations", {})
    await ana.does(f"{ana.home}/invitations", {"email": "zoe@example.org"})


async def test_the_letter_of_an_invitation_that_was_taken_back_is_not_sent(tmp_path: Path) -> None:
    with open_postbox() as (postbox, port):
        server = ServerSettings(auth="required", public_url="https://localhost")
        async with installed(tmp_path / "data", server=server, mail=mail_settings(port)) as api:
            ana = await person(api)
            await ana.does(f"{ana.home}/invitations", {"email": BEN})
            revoked = await ana.does(f"{ana.home}/invitations", {"email": "eve@example.org"})
            await ana.asks("DELETE", f"{ana.home}/invitations/{revoked['id']}")
            await api.services.notifications.sender.send_due()
        assert [mail["To"] for mail in postbox.mails] == [BEN]
