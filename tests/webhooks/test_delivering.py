"""From an event to a server that has taken it."""

import asyncio
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError
from tests.fakes.web_server import Received, response
from tests.servers.both import ON_BOTH
from tests.webhooks.conftest import Hooks

from surtitle.accounts.access import OWNER_OF_MACHINE
from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.db.account_models import Project
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.webhook_models import WebhookDelivery
from surtitle.ids import new_id
from surtitle.jobs.milestones import JobMilestone, Milestone
from surtitle.webhooks.events import DeliveryState, WebhookEvent
from surtitle.webhooks.service import WebhookChanges, WebhookWish


def verified(secret: str, request: Received) -> Any:
    """What a receiver reads with the standard's own library."""
    return Receiver(secret).verify(request.body, request.headers)


@ON_BOTH
async def test_a_receiver_can_verify_what_it_is_told(hooks: Hooks) -> None:
    made = await hooks.make()
    job_id = await hooks.reach()
    assert await hooks.deliverer.deliver_due() == 1
    (request,) = hooks.received()
    told = verified(made.secret, request)
    assert told["type"] == "job.succeeded"
    assert told["data"] == {
        "project_id": str(PERSONAL_PROJECT),
        "job_id": str(job_id),
        "recipe": "transcript",
        "error_kind": None,
        "links": {"job": f"https://surtitle.example/api/jobs/{job_id}"},
    }
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        verified("whsec_" + "A" * 43 + "=", request)
    delivery = await hooks.only()
    assert delivery.state == DeliveryState.SUCCEEDED
    assert [entry["status"] for entry in delivery.log] == [204]


async def test_only_chosen_events_of_the_project_itself_are_told(hooks: Hooks) -> None:
    await hooks.make(WebhookEvent.JOB_FAILED, WebhookEvent.JOB_CREATED)
    await hooks.reach(JobMilestone.JOB_SUCCEEDED)
    await hooks.reach(JobMilestone.JOB_FAILED, project=new_id())
    await hooks.reach(JobMilestone.JOB_FAILED)
    assert await hooks.deliverer.deliver_due() == 1
    assert json.loads(hooks.received()[0].body)["type"] == "job.failed"


async def test_what_is_undone_is_not_told(hooks: Hooks) -> None:
    await hooks.make()
    at = utc_now()
    milestone = Milestone(new_id(), PERSONAL_PROJECT, JobMilestone.JOB_SUCCEEDED, "film", at, owner_id=None)
    async with hooks.database.writing() as session:
        await hooks.recorder.on_milestone(session, milestone)
        await session.rollback()
    assert await hooks.deliverer.deliver_due() == 0


@ON_BOTH
async def test_a_failure_is_tried_again_with_the_same_id_and_body(hooks: Hooks) -> None:
    made = await hooks.make()
    hooks.server.replies["/hook"] = [response(500, b"boom"), response(200, b"thanks")]
    await hooks.reach()
    assert await hooks.deliverer.deliver_due() == 1
    delivery = await hooks.only()
    assert delivery.state == DeliveryState.PENDING
    assert delivery.log[0]["answer"] == "boom"
    assert await hooks.deliverer.deliver_due() == 0, "it waits"
    await hooks.wait_over()
    assert await hooks.deliverer.deliver_due() == 1
    first, second = hooks.received()
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    verified(made.secret, second)
    webhook = await hooks.webhook(made.webhook.id)
    assert (webhook.failing_since, webhook.failures) == (None, 0)


async def test_after_the_last_try_it_has_failed(hooks: Hooks) -> None:
    await hooks.make()
    hooks.server.replies["/hook"] = response(500)
    await hooks.reach()
    for _ in range(3):
        assert await hooks.deliverer.deliver_due() == 1
        await hooks.wait_over()
    assert await hooks.deliverer.deliver_due() == 0
    delivery = await hooks.only()
    assert (delivery.state, delivery.tries) == (DeliveryState.FAILED, 3)
    assert delivery.finished_at is not None


async def test_a_server_that_says_when_to_come_back_is_not_asked_before(hooks: Hooks) -> None:
    await hooks.make()
    hooks.server.replies["/hook"] = response(429, Retry_After="7200")
    await hooks.reach()
    await hooks.deliverer.deliver_due()
    delivery = await hooks.only()
    assert 7100 < delivery.next_epoch - time.time() < 7300


async def test_redirects_are_failures_and_are_not_followed(hooks: Hooks) -> None:
    await hooks.make()
    hooks.server.replies["/hook"] = response(302, Location="http://127.0.0.1/inner")
    await hooks.reach()
    await hooks.deliverer.deliver_due()
    delivery = await hooks.only()
    assert delivery.log[0]["status"] == 302
    assert len(hooks.received()) == 1


async def test_a_server_that_hangs_is_left_in_time(hooks: Hooks) -> None:
    async def hang(_request: Received, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    await hooks.make()
    hooks.server.replies["/hook"] = hang
    await hooks.reach()
    async with asyncio.timeout(30):
        await hooks.deliverer.deliver_due()
    (entry,) = (await hooks.only()).log
    assert entry["status"] is None
    assert "within 1 s" in entry["error"]


async def test_an_endless_answer_is_cut_and_what_is_kept_can_be_shown(hooks: Hooks) -> None:
    async def endless(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n")
        while True:
            writer.write(b"\x00\x1b[31m" * 4096)
            await writer.drain()

    await hooks.make()
    hooks.server.replies["/hook"] = endless
    await hooks.reach()
    await hooks.deliverer.deliver_due()
    delivery = await hooks.only()
    assert delivery.state == DeliveryState.SUCCEEDED
    answer = delivery.log[0]["answer"]
    assert len(answer.encode()) <= 1024
    assert answer.isprintable()


async def test_an_address_that_leads_inside_meanwhile_is_refused(hooks: Hooks) -> None:
    """What was checked when the webhook was made is checked again at every try."""
    made = await hooks.make()
    async with hooks.database.writing() as session:
        webhook = await session.merge(made.webhook)
        webhook.url = "http://10.0.0.1/hook"
    await hooks.reach()
    await hooks.deliverer.deliver_due()
    assert "inside a network" in (await hooks.only()).log[0]["error"]


@ON_BOTH
async def test_after_long_failure_it_is_disabled_and_its_owners_are_told(hooks: Hooks) -> None:
    made = await hooks.make()
    hooks.server.replies["/hook"] = response(500)
    await hooks.reach()
    await hooks.deliverer.deliver_due()
    await hooks.has_failed_since(timedelta(days=1))
    await hooks.reach()
    assert (await hooks.webhook(made.webhook.id)).disabled_at is None
    await hooks.deliverer.deliver_due()
    webhook = await hooks.webhook(made.webhook.id)
    assert webhook.disabled_why == "failing"
    assert hooks.told_disabled == ["Archive: failing"]
    assert {delivery.state for delivery in await hooks.deliveries()} == {DeliveryState.FAILED}
    await hooks.reach()
    assert len(await hooks.deliveries()) == 2, "nothing is written down for it any more"
    changes: WebhookChanges = {"enabled": True}
    await hooks.service.change(OWNER_OF_MACHINE, PERSONAL_PROJECT, webhook.id, changes, None)
    await hooks.reach()
    await hooks.deliverer.deliver_due()
    assert (await hooks.webhook(webhook.id)).disabled_at is None, "it begins anew"


async def test_a_server_that_is_gone_is_told_nothing_more(hooks: Hooks) -> None:
    made = await hooks.make()
    hooks.server.replies["/hook"] = response(410)
    await hooks.reach()
    await hooks.deliverer.deliver_due()
    assert (await hooks.webhook(made.webhook.id)).disabled_why == "gone"


async def test_two_secrets_are_valid_while_one_replaces_the_other(hooks: Hooks) -> None:
    made = await hooks.make()
    renewed = await hooks.service.rotate(OWNER_OF_MACHINE, PERSONAL_PROJECT, made.webhook.id, 3600, None)
    await hooks.reach()
    await hooks.deliverer.deliver_due()
    for secret in (made.secret, renewed.secret):
        verified(secret, hooks.received()[0])
    last = await hooks.service.rotate(OWNER_OF_MACHINE, PERSONAL_PROJECT, made.webhook.id, 0, None)
    await hooks.reach()
    await hooks.deliverer.deliver_due()
    verified(last.secret, hooks.received()[1])
    with pytest.raises(WebhookVerificationError):
        verified(renewed.secret, hooks.received()[1])


@ON_BOTH
async def test_of_two_processes_one_delivers(hooks: Hooks) -> None:
    await hooks.make()
    await hooks.reach()
    claims = await asyncio.gather(hooks.deliverer.due.claim(), hooks.deliverer.due.claim())
    assert sum(claim is not None for claim in claims) == 1


@ON_BOTH
async def test_a_try_whose_process_died_is_done_again_and_its_ghost_changes_nothing(hooks: Hooks) -> None:
    await hooks.make()
    await hooks.reach()
    ghost = await hooks.deliverer.due.claim()
    assert ghost is not None
    async with hooks.database.writing() as session:
        await session.execute(update(WebhookDelivery).values(lease_until_epoch=0.0))
    hooks.server.replies["/hook"] = [response(200), response(500)]
    assert await hooks.deliverer.deliver_due() == 1
    await hooks.deliverer.deliver(ghost)
    delivery = await hooks.only()
    assert (delivery.state, len(delivery.log)) == (DeliveryState.SUCCEEDED, 1)


@ON_BOTH
async def test_a_slow_server_holds_up_its_own_deliveries_alone(hooks: Hooks) -> None:
    await hooks.make(path="/slow")
    for _ in range(3):
        await hooks.reach()
    claims = [await hooks.deliverer.due.claim() for _ in range(3)]
    assert [claim is not None for claim in claims] == [True, True, False], "two of one at a time"
    await hooks.make(path="/quick")
    await hooks.reach()
    assert await hooks.deliverer.deliver_due() == 1
    assert hooks.received()[0].path == "/quick"


@ON_BOTH
async def test_a_project_whose_servers_are_slow_leaves_places_to_others(hooks: Hooks) -> None:
    """QUICK lets three of one project be under way."""
    for number in range(2):
        await hooks.make(path=f"/slow/{number}")
    for _ in range(2):
        await hooks.reach()
    claims = [await hooks.deliverer.due.claim() for _ in range(4)]
    assert [claim is not None for claim in claims] == [True, True, True, False]
    other = new_id()
    wish = WebhookWish("Archive", f"{hooks.server.url}/quick", (WebhookEvent.JOB_SUCCEEDED,))
    async with hooks.database.writing() as session:
        session.add(Project(id=other, name="Lectures"))
    await hooks.service.create(OWNER_OF_MACHINE, other, wish, None)
    await hooks.reach(project=other)
    assert await hooks.deliverer.deliver_due() == 1
    assert hooks.received()[0].path == "/quick"


async def test_a_replay_waits_for_those_that_were_there_before(hooks: Hooks) -> None:
    made = await hooks.make()
    await hooks.reach()
    await hooks.deliverer.deliver_due()
    told = await hooks.only()
    await hooks.reach()
    await hooks.service.replay(PERSONAL_PROJECT, made.webhook.id, told.id)
    claims = [await hooks.deliverer.due.claim() for _ in range(2)]
    waited = [claim.delivery_id for claim in claims if claim is not None]
    assert len(waited) == 2
    assert waited[1] == told.id


@ON_BOTH
async def test_what_cannot_be_signed_has_failed_and_says_why(hooks: Hooks) -> None:
    """A backup was put back without the secret that webhooks' secrets were sealed with."""
    made = await hooks.make()
    await hooks.reach()
    hooks.deliverer._secrets = Secrets(b"t" * 32)
    assert await hooks.deliverer.deliver_due() == 1
    delivery = await hooks.only()
    assert (delivery.state, delivery.tries, delivery.lease_until_epoch) == (DeliveryState.PENDING, 1, None)
    assert "sealed with another secret" in delivery.log[0]["error"]
    assert (await hooks.webhook(made.webhook.id)).failures == 1
    await hooks.has_failed_since(timedelta(days=1))
    await hooks.wait_over()
    await hooks.deliverer.deliver_due()
    assert hooks.told_disabled == ["Archive: failing"]
    assert hooks.received() == []


async def test_a_new_secret_signs_though_the_one_before_was_lost(hooks: Hooks) -> None:
    made = await hooks.make()
    hooks.service._secrets = hooks.deliverer._secrets = Secrets(b"t" * 32)
    renewed = await hooks.service.rotate(OWNER_OF_MACHINE, PERSONAL_PROJECT, made.webhook.id, 3600, None)
    await hooks.reach()
    await hooks.deliverer.deliver_due()
    verified(renewed.secret, hooks.received()[0])


async def test_the_loop_delivers_what_comes_until_it_is_stopped(hooks: Hooks) -> None:
    told = asyncio.Event()

    async def take(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(response(200))
        await writer.drain()
        told.set()

    await hooks.make()
    hooks.server.replies["/hook"] = take
    running = asyncio.create_task(hooks.deliverer.run())
    await hooks.reach()
    async with asyncio.timeout(30):
        await told.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
