"""People with accounts and keys, made without passwords: hashing one takes longer than most tests."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from tests.api.installation import Installation, wav

from surtitle.accounts.access import KEY_SCOPES, OWNER_OF_MACHINE, Permission, Role


@dataclass(frozen=True)
class Somebody:
    """A person who is signed in, or a key, and the project that they work in."""

    api: Installation
    headers: dict[str, str]
    project_id: UUID
    id: UUID | None = None

    async def asks(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return await self.api.client.request(method, path, headers=headers, **more)

    async def gets(self, path: str) -> Any:
        answer = await self.asks("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def does(self, path: str, wish: Any = None, status: int = 201) -> Any:
        answer = await self.asks("POST", path, json=wish)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def starts(self) -> dict[str, Any]:
        """A job on a recording of their own."""
        media = await self.asks("POST", "/api/media", files={"file": ("talk.wav", wav())})
        assert media.status_code == 201, media.text
        wish = {"recipe": "transcript", "media_id": media.json()["id"]}
        document: dict[str, Any] = await self.does("/api/jobs", wish, status=202)
        return document

    @property
    def home(self) -> str:
        return f"/api/projects/{self.project_id}"


async def person(api: Installation, email: str = "ana@example.org", role: Role = Role.USER) -> Somebody:
    """Somebody with an account and a project of their own, signed in."""
    people = api.services.people
    async with api.services.database.writing() as session:
        user = await people.users.add(session, email, role=role)
        signed_in = await people.sessions.open(session, user)
    assert user.default_project_id is not None
    headers = {"Authorization": f"Bearer {signed_in.access_token}"}
    return Somebody(api, headers, user.default_project_id, user.id)


async def key_in(
    api: Installation, project_id: UUID, scopes: AbstractSet[Permission] = KEY_SCOPES
) -> Somebody:
    """A key of the project."""
    made = await api.services.people.api_keys.create(
        OWNER_OF_MACHINE, project_id, "tests", scopes=scopes, expires_at=None, address=None
    )
    return Somebody(api, {"X-API-Key": made.key}, project_id)
