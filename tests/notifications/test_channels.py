"""Chat services, told by a process of its own that reaches nothing inside our network."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.notifications.desk import EMAIL, Desk, opened_desk
from tests.notifications.postbox import odd_server
from tests.servers.both import ON_BOTH

from surtitle.accounts.access import OWNER_OF_MACHINE
from surtitle.accounts.post import Letter, LetterKind, To
from surtitle.config import ChannelSettings, OutgoingSettings
from surtitle.db.account_models import Project
from surtitle.db.notification_models import Channel
from surtitle.domain.public_addresses import Address
from surtitle.errors import Invalid
from surtitle.ids import new_id
from surtitle.jobs.milestones import JobMilestone
from surtitle.notifications.channels import ChannelNotFound, ChannelNotTold, NewChannel, TooManyChannels
from surtitle.notifications.claiming import Claims
from surtitle.notifications.composing import seal_url
from surtitle.notifications.events import APPRISE, Event
from surtitle.outgoing.errors import TargetRefused
from surtitle.outgoing.resolving import Resolver

TOKEN = "s3cret-token"


class Service:
    """What a `json://` channel talks to."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        self.status = "200 OK"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = (line.split(":", 1) for line in head.splitlines() if ":" in line)
        size = next(int(value) for name, value in lines if name.lower() == "content-length")
        self.heard.append(json.loads(await reader.readexactly(size)))
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\nLocation: /\r\n\r\n".encode())
        await writer.drain()


@asynccontextmanager
async def opened(
    folder: Path, *, allowed: bool = True, resolver: Resolver | None = None, **groups: Any
) -> AsyncIterator[tuple[Desk, Service, str]]:
    """A desk, a service on loopback and the URL of a channel there."""
    service = Service()
    outgoing = OutgoingSettings(allow_private=["127.0.0.0/8"] if allowed else [], ports=[])
    async with (
        odd_server(service.talk) as port,
        opened_desk(
            folder,
            channels=ChannelSettings(most_of_a_project=2),
            resolver=resolver,
            **{"outgoing": outgoing} | groups,
        ) as desk,
    ):
        yield desk, service, f"json://127.0.0.1:{port}/hook/{TOKEN}"


async def test_a_project_and_the_installation_are_told_what_they_chose(tmp_path: Path) -> None:
    async with opened(tmp_path) as (desk, service, url):
        channels = desk.parts.channels
        await channels.create(
            OWNER_OF_MACHINE, desk.project_id, NewChannel("Team", url, [Event.JOB_FAILED]), None
        )
        await channels.create(OWNER_OF_MACHINE, None, NewChannel("All", url, [Event.JOB_CANCELLED]), None)
        await desk.tell(JobMilestone.JOB_CREATED, created_by=None)
        await desk.tell(JobMilestone.JOB_FAILED, created_by=None, surface="native", error_kind="no-sound")
        await desk.tell(JobMilestone.JOB_CANCELLED, created_by=None)
        assert await desk.send() == 2
        heard = {message["title"]: message for message in service.heard}
        assert heard.keys() == {"Failed: talk.mp4", "Cancelled: talk.mp4"}
        assert "no-sound" in heard["Failed: talk.mp4"]["message"]
        assert heard["Failed: talk.mp4"]["type"] == "failure"
        assert set(await desk.states()) == {"sent"}
        assert desk.box.mails == []


async def test_a_service_that_is_out_of_order_is_told_later_and_one_that_refuses_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as (desk, service, url):
        channel = await desk.parts.channels.create(
            OWNER_OF_MACHINE, desk.project_id, NewChannel("Team", url), None
        )
        service.status = "503 Away"
        await desk.tell(created_by=None)
        await desk.send()
        [row] = await desk.rows()
        assert (row.state, row.reason) == ("waiting", "the service answered 503")
        service.status = "404 Gone"
        with pytest.raises(ChannelNotTold, match="404"):
            await desk.parts.channels.test(desk.project_id, channel.id)
        await desk.set(due_epoch=0.0)
        await desk.send()
        assert await desk.states() == ["failed"]
        assert TOKEN not in caplog.text


async def test_a_service_inside_our_network_is_not_reached(tmp_path: Path) -> None:
    async with opened(tmp_path, allowed=False) as (desk, _service, url):
        with pytest.raises(TargetRefused) as caught:
            await desk.parts.channels.create(OWNER_OF_MACHINE, desk.project_id, NewChannel("x", url), None)
        assert TOKEN not in caught.value.message


class Rebinding:
    """A `Resolver` for a name that is on the internet once, and in our network from then on."""

    def __init__(self) -> None:
        self.answers = ["93.184.215.14"]

    async def addresses(self, _host: str, _port: int) -> Sequence[Address]:
        return [ip_address(self.answers.pop() if self.answers else "127.0.0.1")]


async def test_nor_by_a_name_that_led_elsewhere_when_it_was_checked(tmp_path: Path) -> None:
    async with opened(tmp_path, allowed=False, resolver=Rebinding()) as (desk, service, url):
        elsewhere = NewChannel("x", url.replace("127.0.0.1", "chat.example"))
        await desk.parts.channels.create(OWNER_OF_MACHINE, desk.project_id, elsewhere, None)
        await desk.tell(created_by=None)
        await desk.send()
        [row] = await desk.rows()
        assert row.state == "failed"
        assert "lies inside a network" in (row.reason or "")
        assert service.heard == []


@pytest.mark.parametrize(
    "url",
    ["", "hello", "slack://", "slack://x", "syslog://", "dbus://", "file:///etc/passwd", "mailto://u:p@h", "json://",
     "json://h\r\n", "slack://" + "x" * 3000],
)  # fmt: skip
async def test_what_is_no_channel_is_refused_without_being_repeated(desk: Desk, url: str) -> None:
    with pytest.raises(Invalid) as caught:
        await desk.parts.channels.create(OWNER_OF_MACHINE, desk.project_id, NewChannel("x", url), None)
    assert "x" * 30 not in caught.value.message


async def test_a_channels_url_cannot_be_read_from_the_database(tmp_path: Path) -> None:
    async with opened(tmp_path) as (desk, _service, url):
        await desk.parts.channels.create(OWNER_OF_MACHINE, desk.project_id, NewChannel("Team", url), None)
        async with desk.database.reading() as session:
            rows = [
                (await session.execute(text(f"SELECT * FROM {table}"))).mappings().all()
                for table in ("channels", "audit_events")
            ]
        assert TOKEN not in str(rows)
        assert "json" in str(rows)


async def test_a_project_has_only_so_many_channels_and_sees_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as (desk, _service, url):
        channels = desk.parts.channels
        made = [
            await channels.create(OWNER_OF_MACHINE, desk.project_id, NewChannel(name, url), None)
            for name in "ab"
        ]
        with pytest.raises(TooManyChannels):
            await channels.create(OWNER_OF_MACHINE, desk.project_id, NewChannel("c", url), None)
        assert [channel.name for channel in await channels.list(desk.project_id)] == ["a", "b"]
        assert await channels.list(None) == []
        for elsewhere in (None, new_id()):
            with pytest.raises(ChannelNotFound):
                await channels.delete(OWNER_OF_MACHINE, elsewhere, made[0].id, None)
            with pytest.raises(ChannelNotFound):
                await channels.test(elsewhere, made[0].id)
        await desk.tell(created_by=None)
        assert len(await desk.rows()) == 2
        await channels.delete(OWNER_OF_MACHINE, desk.project_id, made[0].id, None)
        # What it was still to be told goes with it.
        assert len(await desk.rows()) == 1


async def test_the_process_that_tells_reaches_nothing_but_the_proxy(tmp_path: Path) -> None:
    async with opened(tmp_path) as (_desk, service, url):
        # Without the proxy in its environment, Apprise would go there by itself.
        order = {"url": url, "title": "t", "body": "b", "failed": False, "proxy": ["127.0.0.1", 1]}
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "surtitle.notifications.apprise_child",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        told, _ = await child.communicate(json.dumps(order).encode())
        assert json.loads(told)["ok"] is False
        assert service.heard == []


async def with_channels(desk: Desk, project_id: UUID | None, *urls: str) -> list[UUID]:
    """As if they had been made, without a look at the URLs."""
    made = [
        Channel(
            id=new_id(), project_id=project_id, name="Team", service=url.partition(":")[0],
            url_sealed=seal_url(desk.secrets, url), events=[Event.JOB_COMPLETED],
        )
        for url in urls
    ]  # fmt: skip
    async with desk.database.writing() as session:
        session.add_all(made)
    return [channel.id for channel in made]


async def another_project(desk: Desk) -> UUID:
    project = Project(id=new_id(), name="Lectures")
    async with desk.database.writing() as session:
        session.add(project)
    return project.id


async def test_mails_and_other_projects_wait_for_no_service_that_never_answers(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await asyncio.sleep(60)

    async with opened(tmp_path) as (desk, service, url), odd_server(silent) as port:
        other = await another_project(desk)
        await with_channels(desk, desk.project_id, *[f"json://127.0.0.1:{port}/"] * 5)
        await with_channels(desk, other, url)
        await desk.tell(created_by=None)
        running = asyncio.create_task(desk.parts.sender.run())
        try:
            # Half as long as a service may take.
            async with asyncio.timeout(15):
                await asked.wait()
                async with desk.database.writing() as session:
                    await desk.post.put(session, Letter(LetterKind.PASSWORD_SET), To(EMAIL, desk.user_id))
                await desk.tell(created_by=None, project_id=other)
                while not (desk.box.mails and service.heard):  # noqa: ASYNC110 - neither has an event for it
                    await asyncio.sleep(0.05)
        finally:
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running


@ON_BOTH
async def test_of_a_projects_messages_one_is_under_way_at_a_time(desk: Desk) -> None:
    other = await another_project(desk)
    both = await with_channels(desk, desk.project_id, "json://a.example", "json://b.example")
    [elsewhere] = await with_channels(desk, other, "json://c.example")
    [everybodys] = await with_channels(desk, None, "json://d.example")
    await desk.tell(created_by=None)
    await desk.tell(created_by=None, project_id=other)
    claims = Claims(desk.database, desk.settings.mail)
    parcels = [await claims.next(APPRISE) for _ in range(5)]
    under_way = {parcel.first.channel_id: parcel for parcel in parcels if parcel is not None}
    assert parcels[-1] is None
    assert len(parcels) - parcels.count(None) == 4
    assert under_way.keys() > {elsewhere, everybodys}
    [theirs] = under_way.keys() & set(both)
    await desk.parts.sender._settle(under_way[theirs], state="sent")
    parcel = await claims.next(APPRISE)
    assert parcel is not None
    assert {theirs, parcel.first.channel_id} == set(both)


async def test_who_tries_a_silent_service_again_and_again_keeps_nobody_elses_test(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.sleep(60)

    async with opened(tmp_path) as (desk, service, url), odd_server(silent) as port:
        other = await another_project(desk)
        [dead] = await with_channels(desk, desk.project_id, f"json://127.0.0.1:{port}/")
        [well] = await with_channels(desk, other, url)
        trying = [asyncio.create_task(desk.parts.channels.test(desk.project_id, dead)) for _ in range(4)]
        try:
            async with asyncio.timeout(15):
                await asked.wait()
                await desk.parts.channels.test(other, well)
            assert len(service.heard) == 1
        finally:
            for one in trying:
                one.cancel()
            await asyncio.gather(*trying, return_exceptions=True)


FILE = "template=/etc/hostname"


@pytest.mark.parametrize(
    "url",
    [
        f"discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/?{FILE}",
        f"discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/?image=no&{FILE.upper()}",
        f"slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23general?{FILE}",
        f"tgram://123456789:abcdefg_hijklmnop/12315544/?{FILE}",
        f"workflows://prod-00.example.org:443/643e69f83c8944438d68119179a10a64/KODuebWbDGYFr0z0eu?{FILE}",
    ],
)
async def test_a_url_that_names_a_file_of_the_server_is_refused_and_never_followed(
    desk: Desk, url: str
) -> None:
    with pytest.raises(Invalid, match="names a file"):
        await desk.parts.channels.create(OWNER_OF_MACHINE, desk.project_id, NewChannel("x", url), None)
    await with_channels(desk, desk.project_id, url)
    await desk.tell(created_by=None)
    await desk.send()
    [row] = await desk.rows()
    assert (row.state, row.reason) == ("failed", "the channel's URL names a file of the server's")


async def test_behind_a_proxy_channels_are_told_through_it(tmp_path: Path) -> None:
    """Only the proxy knows where the name leads."""
    service = Service()
    async with odd_server(service.talk) as port:
        outgoing = OutgoingSettings(proxy=f"http://us:secret@127.0.0.1:{port}")
        async with opened(tmp_path, outgoing=outgoing) as (desk, _, _):
            channel = await desk.parts.channels.create(
                OWNER_OF_MACHINE, desk.project_id, NewChannel("x", f"json://chat.example/{TOKEN}"), None
            )
            await desk.parts.channels.test(desk.project_id, channel.id)
            await desk.tell(created_by=None)
            await desk.send()
            assert await desk.states() == ["sent"]
    assert len(service.heard) == 2
