"""`/api/projects/{project_id}/webhooks`."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook as Receiver
from tests.api.installation import Installation, installed
from tests.api.people import Somebody, key_in, person
from tests.fakes.web_server import response, web_server

from surtitle.config import OutgoingSettings, ServerSettings
from surtitle.db.account_models import Membership
from surtitle.db.webhook_models import Webhook

WISH = {"name": "Archive", "url": "https://93.184.215.14/hook", "events": ["job.succeeded", "job.failed"]}
LOOPBACK = OutgoingSettings(allow_private=["127.0.0.1/32"], ports=[])


async def made(ana: Somebody, **wish: Any) -> dict[str, Any]:
    document: dict[str, Any] = await ana.does(f"{ana.home}/webhooks", {**WISH, **wish})
    return document


async def test_a_secret_is_shown_once_and_sealed(exposed: Installation) -> None:
    ana = await person(exposed)
    answer = await ana.asks("POST", f"{ana.home}/webhooks", json=WISH)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    webhook = answer.json()
    assert answer.headers["location"] == webhook["links"]["self"]
    assert webhook["secret"].startswith("whsec_")
    for path in (f"{ana.home}/webhooks", webhook["links"]["self"]):
        assert webhook["secret"] not in (await ana.asks("GET", path)).text
    async with exposed.services.database.reading() as session:
        row = await session.get_one(Webhook, UUID(webhook["id"]))
    assert webhook["secret"] not in row.secret_sealed
    assert row.events == ["job.failed", "job.succeeded"]


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"url": "http://169.254.169.254/latest"}, 422),
        ({"url": "http://localhost:5432/"}, 422),
        ({"url": "ftp://files.example/"}, 422),
        ({"url": "https://user:password@93.184.215.14/"}, 422),
        ({"events": []}, 422),
        ({"events": ["job.exploded"]}, 422),
        ({"events": ["webhook.test"]}, 422),
        ({"name": " "}, 422),
        ({"secret": "whsec_mine"}, 422),
    ],
)
async def test_what_cannot_be_is_refused(wish: dict[str, Any], status: int, exposed: Installation) -> None:
    ana = await person(exposed)
    answer = await ana.asks("POST", f"{ana.home}/webhooks", json={**WISH, **wish})
    assert answer.status_code == status, answer.text
    assert (await ana.gets(f"{ana.home}/webhooks"))["items"] == []


async def test_owners_manage_and_others_do_not(exposed: Installation) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    webhook = await made(ana)
    async with exposed.services.database.writing() as session:
        session.add(Membership(project_id=ana.project_id, user_id=bob.id, role="editor"))
    exposed.services.authenticator.forget_everybody()
    key = await key_in(exposed, ana.project_id)
    for who in (bob, key):
        assert (await who.asks("GET", f"{ana.home}/webhooks")).status_code == 403
        assert (await who.asks("POST", webhook["links"]["self"] + "/test")).status_code == 403
    stranger = await person(exposed, "eve@example.org")
    assert (await stranger.asks("GET", webhook["links"]["self"])).status_code == 404
    elsewhere = webhook["links"]["self"].replace(str(ana.project_id), str(stranger.project_id))
    assert (await stranger.asks("GET", elsewhere)).status_code == 404


async def test_it_is_changed_rotated_and_deleted(exposed: Installation) -> None:
    ana = await person(exposed)
    webhook = await made(ana)
    here = webhook["links"]["self"]
    answer = await ana.asks("PATCH", here, json={"enabled": False, "events": ["transcript.revised"]})
    changed = answer.json()
    assert (changed["enabled"], changed["disabled_why"]) == (False, "person")
    assert changed["events"] == ["transcript.revised"]
    assert changed["name"] == "Archive"
    rotated = await ana.does(f"{here}/rotate?grace_seconds=60")
    assert rotated["secret"] != webhook["secret"]
    assert rotated["former_secret_until"] is not None
    assert (await ana.asks("DELETE", here)).status_code == 204
    assert (await ana.asks("GET", here)).status_code == 404


async def test_a_job_is_told_of_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    auth = ServerSettings(auth="required")
    async with installed(tmp_path / "data", server=auth, outgoing=LOOPBACK) as api, web_server() as server:
        server.replies["*"] = response(200, b"thank you")
        ana = await person(api)
        events = ["job.created", "job.succeeded", "transcript.revised"]
        webhook = await made(ana, url=server.url + "/hook", events=events)
        job = await ana.starts()
        await api.finish()
        transcript = (await ana.gets(job["links"]["self"]))["transcript_id"]
        edit = {"base_revision": 1, "operations": [{"op": "delete_words", "words": ["w1"]}]}
        await ana.does(f"/api/transcripts/{transcript}/revisions", edit)
        await deliver(api)
        told = [Receiver(webhook["secret"]).verify(one.body, one.headers) for one in server.received]
        assert [event["type"] for event in told] == events
        assert [event["data"].get("job_id") for event in told] == [job["id"], job["id"], None]
        page = await ana.gets(f"{webhook['links']['self']}/deliveries?state=succeeded")
        assert [item["event"] for item in page["items"]] == events[::-1]
        assert page["items"][0]["attempts"][0]["answer"] == "thank you"


async def test_the_test_button_and_a_replay(tmp_path: Path) -> None:
    auth = ServerSettings(auth="required")
    async with installed(tmp_path / "data", server=auth, outgoing=LOOPBACK) as api, web_server() as server:
        server.replies["*"] = [response(500, b"no"), response(200)]
        ana = await person(api)
        webhook = await made(ana, url=server.url + "/hook")
        delivery = await ana.does(f"{webhook['links']['self']}/test", status=202)
        assert delivery["state"] == "pending"
        await deliver(api)
        failed = await ana.gets(delivery["links"]["self"])
        assert (failed["state"], failed["attempts"][0]["status"]) == ("failed", 500)
        await ana.does(delivery["links"]["self"] + "/replay", status=202)
        await deliver(api)
        assert (await ana.gets(delivery["links"]["self"]))["state"] == "succeeded"
        ids = {request.headers["webhook-id"] for request in server.received}
        assert ids == {delivery["message_id"]}


async def test_a_project_has_its_number_of_webhooks(exposed: Installation) -> None:
    ana = await person(exposed)
    for _ in range(exposed.settings.webhooks.most_of_project):
        await made(ana)
    answer = await ana.asks("POST", f"{ana.home}/webhooks", json=WISH)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/too-many-webhooks")


async def deliver(api: Installation) -> None:
    """What a worker does."""
    await api.parts.webhooks.deliverer.deliver_due()
