"""Which mails one wants, links that stop them, and channels, by HTTP."""

from sqlalchemy import text
from tests.api.installation import Installation
from tests.api.people import key_in, person

from surtitle.accounts.access import OWNER_OF_MACHINE, Role
from surtitle.accounts.erasure import Mode, report_of
from surtitle.notifications.events import Event
from surtitle.notifications.unsubscribing import PATH, Unsubscribing

MINE = "/api/users/me/notifications"
ALL = {"job_created": True, "job_completed": True, "job_failed": True, "quota": True}
CHANNEL = {"name": "Team", "url": "json://93.184.215.14/s3cret", "events": ["job_failed"]}


async def test_one_says_which_mails_one_wants(exposed: Installation) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    assert (await ana.gets(MINE))["mails"] == ALL
    answer = await ana.asks("PUT", MINE, json={"mails": {"job_created": False}})
    assert answer.json()["mails"] == {**ALL, "job_created": False}
    assert await ana.gets(MINE) == answer.json()
    assert (await bob.gets(MINE))["mails"] == ALL


async def test_letters_about_the_account_cannot_be_switched_off(exposed: Installation) -> None:
    ana = await person(exposed)
    for wish in ({"reset": False}, {"job_cancelled": False}, {}, {"quota": "perhaps"}):
        assert (await ana.asks("PUT", MINE, json={"mails": wish})).status_code == 422


async def test_a_mail_program_stops_mails_at_one_click_and_a_look_at_the_link_changes_nothing(
    exposed: Installation,
) -> None:
    ana = await person(exposed)
    assert ana.id is not None
    token = Unsubscribing(exposed.services.people.sessions._secrets, "").token(ana.id, Event.JOB_COMPLETED)
    link = f"{PATH}?token={token}"
    page = await exposed.client.get(link)
    assert page.status_code == 200
    assert f'action="{link}"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (await ana.gets(MINE))["mails"] == ALL
    # As RFC 8058 has it: nobody is signed in, and the body says no more than this.
    done = await exposed.client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert (await ana.gets(MINE))["mails"] == {**ALL, "job_completed": False}


async def test_a_link_that_is_made_up_is_refused(exposed: Installation) -> None:
    for method in ("GET", "POST"):
        answer = await exposed.client.request(method, PATH, params={"token": "a.job_failed.b"})
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/bad-unsubscribe-link")


async def test_a_channel_is_made_listed_and_deleted_and_never_shows_its_url(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await ana.does(f"{ana.home}/channels", CHANNEL)
    assert (made["service"], made["events"]) == ("json", ["job_failed"])
    listed = await ana.asks("GET", f"{ana.home}/channels")
    assert listed.json()["items"] == [made]
    assert "s3cret" not in listed.text
    here = f"{ana.home}/channels/{made['id']}"
    assert (await ana.asks("DELETE", here)).status_code == 204
    assert (await ana.asks("DELETE", here)).status_code == 404
    assert (await ana.asks("POST", f"{here}/test")).status_code == 404


async def test_a_url_that_is_refused_is_not_repeated(exposed: Installation) -> None:
    ana = await person(exposed)
    answer = await ana.asks("POST", f"{ana.home}/channels", json={**CHANNEL, "url": "syslog://s3cret"})
    assert answer.status_code == 422
    assert "s3cret" not in answer.text


async def test_channels_of_others_are_not_there_and_those_of_all_are_the_administrators(
    exposed: Installation,
) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    boss = await person(exposed, "boss@example.org", Role.ADMIN)
    made = await ana.does(f"{ana.home}/channels", CHANNEL)
    assert (await bob.asks("GET", f"{ana.home}/channels")).status_code == 404
    assert (await bob.asks("DELETE", f"{ana.home}/channels/{made['id']}")).status_code == 404
    assert (await bob.asks("DELETE", f"{bob.home}/channels/{made['id']}")).status_code == 404
    key = await key_in(exposed, ana.project_id)
    assert (await key.asks("GET", f"{ana.home}/channels")).status_code == 403
    assert (await ana.asks("POST", "/api/admin/channels", json=CHANNEL)).status_code == 403
    everywhere = await boss.does("/api/admin/channels", CHANNEL)
    assert everywhere["project_id"] is None
    assert (await boss.gets("/api/admin/channels"))["items"] == [everywhere]
    assert (await boss.asks("DELETE", f"/api/admin/channels/{everywhere['id']}")).status_code == 204


async def test_an_erased_persons_letters_choices_and_channels_are_gone(exposed: Installation) -> None:
    ana = await person(exposed)
    assert ana.id is not None
    await ana.asks("PUT", MINE, json={"mails": {"quota": False}})
    await ana.does(f"{ana.home}/channels", CHANNEL)
    await ana.starts()
    await exposed.finish()
    erased = await exposed.services.data_protection.erasures.begin(OWNER_OF_MACHINE, ana.id, Mode.ERASE, None)
    report = report_of(await exposed.services.data_protection.erasures.go_on(erased.id, 5.0))
    assert report["mail choices"] == 1
    assert report["channels"] == 1
    for table in ("channels", "mail_choices", "outbox"):
        async with exposed.services.database.reading() as session:
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar() == 0
