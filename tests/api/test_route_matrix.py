"""Every route, asked about one project's objects by everybody who has no business there.

The routes are read from the application, so a new one is asked too: it fails here until its path
parameters have an object of the owner's below.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from sqlalchemy import update
from tests.api.accounts import front_door
from tests.api.installation import Installation
from tests.api.people import Somebody, key_in, person

from surtitle.accounts.access import Permission, Role
from surtitle.api.access import InProject, Public, Requirement
from surtitle.config import LimitSettings
from surtitle.db.account_models import Membership, User
from surtitle.db.notification_models import Channel
from surtitle.db.voice_models import KnownVoice, Voiceprint
from surtitle.ids import new_id

REFUSED = {401, 403, 404}
# What a person does to themselves: it would end the stranger, and says nothing of others.
OWN_BUSINESS = {
    ("DELETE", "/api/users/me"),
    ("POST", "/api/logout"),
    ("POST", "/api/users/me/sessions/end-all"),
}

# For routes that look at the body before they look for the object.
WISHES: dict[str, dict[str, Any]] = {
    "/revisions": {"base_revision": 1, "operations": [{"op": "delete_words", "words": ["w1"]}]},
    "/undo": {"base_revision": 1},
    "/tags": {"tags": ["harbour"]},
    "/clips/from-speaker": {"transcript_id": "0" * 32, "speaker": "speaker_1"},
    "/redo": {"base_revision": 1},
    "/run": {"output_type": "text"},
}


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    needs: tuple[Requirement, ...]

    @property
    def public(self) -> bool:
        return any(isinstance(one, Public) for one in self.needs)

    @property
    def parameters(self) -> set[str]:
        return set(re.findall(r"{(\w+)", self.path))

    def needs_in_project(self, permission: Permission) -> bool:
        return any(isinstance(one, InProject) and one.permission is permission for one in self.needs)

    def filled(self, objects: dict[str, str]) -> str:
        return re.sub(r"{(\w+)(:\w+)?}", lambda found: objects[found[1]], self.path)


@dataclass(frozen=True)
class House:
    """An owner with one object of each kind, and their ids by the name of a path's parameter."""

    api: Installation
    owner: Somebody
    objects: dict[str, str]
    routes: list[Route]

    def mentions(self, text: str) -> list[str]:
        """What of the owner's is told in `text`: ids, and the words of the transcript."""
        ids = [told for name, told in self.objects.items() if name.endswith("_id") and len(told) > 8]
        return [one for one in [*ids, "Sandglass"] if one in text]

    async def asked(self, route: Route, who: Somebody) -> httpx.Response:
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Upload-Length": "4"}
        body: dict[str, Any] = {}
        if route.method == "PATCH" and "upload" in route.path:
            headers["Content-Type"] = "application/offset+octet-stream"
            body = {"content": b"\0"}
        elif route.method in {"POST", "PUT", "PATCH", "DELETE"}:
            body = {"json": next((wish for end, wish in WISHES.items() if route.path.endswith(end)), {})}
        if route.path.endswith("/diff"):
            body = {"params": {"from": 1, "to": 1}}
        return await who.asks(route.method, route.filled(self.objects), headers=headers, **body)


def _needs(dependant: Dependant) -> Iterator[Requirement]:
    if isinstance(dependant.call, Requirement):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _needs(inner)


def routes_of(api: Installation) -> list[Route]:
    found = []
    for route in iter_route_contexts(api.app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is not None:
            needs = tuple(_needs(dependant))
            found += [Route(method, str(route.path), needs) for method in sorted(route.methods or ())]
    assert len(found) > 100
    return found


async def belongings(owner: Somebody) -> dict[str, str]:
    """One object of each kind that a path can name."""
    job = await owner.starts()
    await owner.api.finish()
    job = await owner.gets(f"/api/jobs/{job['id']}")
    upload = await owner.asks(
        "POST", "/api/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "9"}
    )
    key = await owner.does(f"{owner.home}/keys", {"name": "k", "scopes": ["read"]})
    invitation = await owner.does(f"{owner.home}/invitations", {"role": "viewer"})
    profile = await owner.does("/api/users/me/profiles", {"name": "Secretary of the Sandglass"})
    sessions = await owner.gets("/api/users/me/sessions")
    artifact = next(one for one in job["artifacts"] if one["name"] == "transcript.txt")
    voice_id, clip_id = await known_voice(owner)
    hook_id, delivery_id, fetch_id = await outgoing(owner)
    link = await owner.does(f"/api/jobs/{job['id']}/artifacts/{artifact['name']}/link", status=200)
    return {
        "job_id": job["id"],
        "media_id": job["media_id"],
        "transcript_id": job["transcript_id"],
        "voice_id": str(voice_id),
        "clip_id": str(clip_id),
        "webhook_id": hook_id,
        "delivery_id": delivery_id,
        "channel_id": str(await chat_channel(owner)),
        "fetch_id": fetch_id,
        # Of no installation without a bucket: `test_direct_uploads` asks one that has.
        "direct_id": "0" * 32,
        "upload_id": upload.headers["location"].rpartition("/")[2],
        "project_id": str(owner.project_id),
        "user_id": str(owner.id),
        "key_id": (key.get("key_id") or key["id"]),
        "invitation_id": invitation["id"],
        "profile_id": profile["id"],
        "session_id": sessions["items"][0]["id"],
        "identity_id": "0" * 32,
        "object_id": link["url"].split("/files/")[1].split("/")[0],
        "name": artifact["name"],
        "word_id": "w1",
        "slug": "not-found",
        "model": "whisper-1",
    }


async def outgoing(owner: Somebody) -> tuple[str, str, str]:
    """A webhook, a delivery to it, and a recording that is to be fetched."""
    wish = {"name": "Sandglass", "url": "https://93.184.215.14/hook", "events": ["job.failed"]}
    webhook = await owner.does(f"{owner.home}/webhooks", wish)
    delivery = await owner.does(f"{webhook['links']['self']}/test", status=202)
    wanted = {"url": "https://93.184.215.14/talk.wav"}
    fetch = await owner.does("/api/media/from-url", wanted, status=202)
    return webhook["id"], delivery["id"], fetch["id"]


async def chat_channel(owner: Somebody) -> UUID:
    """A channel of the owner's project. No URL is in it: nobody gets so far as to use it."""
    project = owner.project_id
    channel = Channel(
        id=new_id(), project_id=project, name="Sandglass", service="json", url_sealed="", events=["quota"]
    )
    async with owner.api.services.database.writing() as session:
        session.add(channel)
    return channel.id


async def known_voice(owner: Somebody) -> tuple[UUID, UUID]:
    """A voice of the owner's project and its clip, as if an engine had heard it."""
    voice_id, clip_id = new_id(), new_id()
    async with owner.api.services.database.writing() as session:
        session.add(
            KnownVoice(id=voice_id, project_id=owner.project_id, name="Sandglass", name_key="sandglass")
        )
        await session.flush()
        session.add(
            Voiceprint(
                id=clip_id, voice_id=voice_id, encoder="toy-1", embedding=b"\0\0\x80?", sha256="a" * 64,
                speech_seconds=9.0, noise_decibels=30.0,
            )
        )  # fmt: skip
    return voice_id, clip_id


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    quiet = LimitSettings(address_requests_a_minute=0, user_requests_a_minute=0, key_requests_a_minute=0)
    async with front_door(tmp_path, limits=quiet) as api:
        owner = await person(api, "owner@example.org")
        yield House(api, owner, await belongings(owner), routes_of(api))


async def strangers(house: House) -> dict[str, Somebody]:
    """Callers who are somebody, elsewhere."""
    other = await person(house.api, "other@example.org")
    return {
        "another person": other,
        "a key of another project": await key_in(house.api, other.project_id),
        "another person who names the project": replace(
            other, headers={**other.headers, "X-Surtitle-Project": str(house.owner.project_id)}
        ),
    }


async def nobodies(house: House) -> dict[str, Somebody]:
    """Callers who are nobody, or are nobody any more."""
    gone = await person(house.api, "gone@example.org")
    async with house.api.services.database.writing() as session:
        await session.execute(update(User).where(User.id == gone.id).values(state="disabled"))
    nobody = replace(gone, headers={})
    forged = house.owner.headers["Authorization"][:-4] + "AAAA"
    return {
        "nobody": nobody,
        "a disabled person": gone,
        "a forged token": replace(nobody, headers={"Authorization": forged}),
        "an unknown key": replace(nobody, headers={"X-API-Key": "vk_" + "A" * 43}),
    }


async def test_the_owner_gets_what_the_others_must_not(house: House) -> None:
    """Without this the refusals below would prove nothing."""
    for route in house.routes:
        if route.method == "GET" and route.parameters & house.objects.keys() and "admin" not in route.path:
            of_none = route.parameters & {"identity_id", "object_id", "direct_id"}
            if of_none or route.path.endswith("/minutes"):
                # Of these the house has none; `test_minutes` asks a job that has minutes.
                continue
            answer = await house.asked(route, house.owner)
            assert answer.status_code not in REFUSED | {500}, (route, answer.text)


async def test_who_is_nobody_gets_nothing(house: House) -> None:
    for name, who in (await nobodies(house)).items():
        for route in house.routes:
            if not route.public:
                answer = await house.asked(route, who)
                assert answer.status_code == 401, (name, route.method, route.path, answer.text)
                assert house.mentions(answer.text.replace(answer.request.url.path, "")) == []


async def test_strangers_find_no_object_of_another_project(house: House) -> None:
    for name, who in (await strangers(house)).items():
        for route in house.routes:
            if route.public or (route.method, route.path) in OWN_BUSINESS:
                continue
            answer = await house.asked(route, who)
            where = (name, route.method, route.path, answer.status_code, answer.text[:300])
            assert answer.status_code < 500, where
            path = route.filled(house.objects)
            if route.parameters - {"model", "slug"} or ("names the project" in name and _in_project(route)):
                assert answer.status_code in REFUSED, where
            # The refusal repeats the path, and the ids that the stranger sent, and nothing else.
            told = set(house.mentions(answer.text)) - set(house.mentions(path + str(who.headers)))
            assert told == set(), where
    await unchanged(house)


async def test_a_member_can_do_what_their_part_allows_and_no_more(house: House) -> None:
    viewer = await person(house.api, "viewer@example.org")
    async with house.api.services.database.writing() as session:
        session.add(Membership(project_id=house.owner.project_id, user_id=viewer.id, role="viewer"))
    readers = {
        "a viewer": viewer,
        "a key that only reads": await key_in(house.api, house.owner.project_id, {Permission.READ}),
        "support": await person(house.api, "support@example.org", Role.SUPPORT),
    }
    house.api.services.authenticator.forget_everybody()
    for name, who in readers.items():
        there = replace(who, headers={**who.headers, "X-Surtitle-Project": str(house.owner.project_id)})
        for route in house.routes:
            for permission in (Permission.WRITE, Permission.DELETE, Permission.MANAGE):
                if route.needs_in_project(permission):
                    answer = await house.asked(route, there)
                    assert answer.status_code == 403, (name, route.method, route.path, answer.text)
    await unchanged(house)


async def test_only_administrators_administer(house: House) -> None:
    support = await person(house.api, "support@example.org", Role.SUPPORT)
    changing = [one for one in house.routes if "/api/admin/" in one.path and one.method != "GET"]
    assert changing
    for route in changing:
        assert (await house.asked(route, support)).status_code == 403, route
        assert (await house.asked(route, house.owner)).status_code == 403, route


def _in_project(route: Route) -> bool:
    return any(isinstance(one, InProject) for one in route.needs)


async def unchanged(house: House) -> None:
    """Everything of the owner's is where it was."""
    for path in ("/api/jobs/{job_id}", "/api/media/{media_id}", "/api/transcripts/{transcript_id}"):
        await house.owner.gets(path.format(**house.objects))
    job = await house.owner.gets(f"/api/jobs/{house.objects['job_id']}")
    assert job["state"] == "succeeded"
    keys = await house.owner.gets(f"{house.owner.home}/keys")
    assert UUID(house.objects["key_id"]) in [
        UUID(key["id"]) for key in keys["items"] if not key["revoked_at"]
    ]


async def test_no_work_is_done_on_what_is_anothers(house: House) -> None:
    media, transcript = house.objects["media_id"], house.objects["transcript_id"]
    for name, who in (await strangers(house)).items():
        for wish in ({"media_id": media}, {"transcript_id": transcript}):
            answer = await who.asks("POST", "/api/jobs", json={"recipe": "transcript", **wish})
            assert answer.status_code == 404, (name, answer.text)
        answer = await who.asks(
            "POST",
            "/api/transcripts/import",
            data={"media_id": media},
            files={"file": ("talk.srt", b"1\n00:00:00,000 --> 00:00:01,000\nHello.\n")},
        )
        assert answer.status_code == 404, (name, answer.text)
