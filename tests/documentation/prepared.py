"""What some pages take for granted: an account, a project, a recording that was written down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
from tests.documentation.files import Files
from tests.server import Server

PASSWORD = "a sentence is easy to keep"


@dataclass
class Ground:
    """What the commands of a page are run on."""

    personal: Server
    people: Server
    files: Files
    placeholders: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    people_from: int | None = None
    """The first of its blocks that is about a server where people sign in."""

    def server(self, block: int) -> Server:
        signs_in = self.people_from is not None and block >= self.people_from
        return self.people if signs_in else self.personal

    def job(self, recipe: str, name: str = "talk.mp4", **options: object) -> str:
        """A job on the personal server that has ended."""
        media = self.personal.upload(self.files.place(name))
        job = self.personal.begin(recipe=recipe, media_id=media, options=options)
        assert self.personal.wait(job)["state"] == "succeeded"
        return job

    def transcript(self, name: str = "talk.mp4") -> str:
        return str(self.personal.job(self.job("transcript", name))["transcript_id"])

    def signs_in(self, email: str) -> str:
        """From here on the page is about a server that asks who somebody is; an access token there."""
        self.people_from = 0
        body = {"email": email, "password": PASSWORD}
        registered = httpx.post(f"{self.people.url}/api/register", json=body, timeout=30)
        assert registered.status_code == httpx.codes.CREATED, registered.text
        login = httpx.post(f"{self.people.url}/api/login", json=body, timeout=30)
        return str(login.json()["access_token"])


def _accounts(ground: Ground) -> None:
    ground.people_from = 0


def _grabadora(ground: Ground) -> None:
    ground.people_from = 1


def _bearer(ground: Ground) -> None:
    ground.placeholders["eyJ…"] = ground.signs_in("owner@example.org")


def _films(ground: Ground) -> None:
    ground.placeholders["Bearer …"] = f"Bearer {ground.signs_in('films@example.org')}"
    ground.people_from = 3


def _data_protection(ground: Ground) -> None:
    token = ground.signs_in("leaves@example.org")
    ground.variables |= {"URL": ground.people.url, "TOKEN": token}


def _vocalyx(ground: Ground) -> None:
    token = ground.signs_in(f"vocalyx-{uuid4().hex}@example.org")
    ground.placeholders["vk_…"] = _key(ground, token, "ISICOMTECH")


def _kpis(ground: Ground) -> None:
    token = ground.signs_in("kpis@example.org")
    key = _key(ground, token, "Figures")
    ground.variables |= {"SERVER": ground.people.url, "TOKEN": token, "KEY": key}


def _key(ground: Ground, token: str, name: str) -> str:
    """A key of a new project."""
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{ground.people.url}/api/projects"
    project = httpx.post(url, json={"name": name}, headers=headers, timeout=30).json()["id"]
    wish = {"name": "A program", "scopes": ["read", "write"]}
    made = httpx.post(f"{url}/{project}/keys", json=wish, headers=headers, timeout=30).json()
    return str(made["key"])


def _transcripts(ground: Ground) -> None:
    ground.placeholders["019a…"] = ground.transcript()


def _search(ground: Ground) -> None:
    ground.placeholders["/ID/"] = f"/{ground.transcript()}/"


PREPARED: dict[str, Callable[[Ground], None]] = {
    "docs/es/grabadora.md": _accounts,
    "docs/fr/generateur-utilisateur.md": _accounts,
    "docs/fr/vocalyx.md": _vocalyx,
    "docs/operate/data-protection.md": _data_protection,
    "docs/user/accounts.md": _accounts,
    "docs/user/films.md": _films,
    "docs/user/grabadora.md": _grabadora,
    "docs/user/kpis.md": _kpis,
    "docs/user/projects.md": _bearer,
    "docs/user/search.md": _search,
    "docs/user/transcripts.md": _transcripts,
    "docs/user/vocalyx.md": _vocalyx,
}
