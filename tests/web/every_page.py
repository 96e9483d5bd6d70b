"""Every page that the application has. What looks at all of them (tests, pictures, measurements) asks here.

`test_every_page.py` fails for a route that is neither a page of this list nor named as none.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr
from tests.api.installation import services_for

from surtitle.api.app import create_app
from surtitle.config import AccountSettings, Settings
from surtitle.web.app import add_pages

_PLACE = re.compile(r"{(\w+)(?::\w+)?}")


class Who(StrEnum):
    """Who looks at a page."""

    VISITOR = "visitor"
    PERSON = "person"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Shown:
    """A page with something on it. `route` is the application's, `name` that of its picture, `title` what it
    is called in the documentation.

    `filled` says which of the ids that a test made stand in the address, where they are not called as the
    route calls them.
    """

    route: str
    name: str
    title: str
    who: Who = Who.PERSON
    query: str = ""
    filled: Mapping[str, str] = field(default_factory=dict)

    def address(self, ids: Mapping[str, str]) -> str:
        path = _PLACE.sub(lambda found: ids[self.filled.get(found[1], found[1])], self.route)
        return path + _PLACE.sub(lambda found: ids[found[1]], self.query)


_ADMIN = Who.ADMINISTRATOR
_LINK = "/app/account/{name}"
_RECORDING = "/app/recordings/{job_id}"
_PROJECT = "/app/projects/{project_id}"

_COMING_IN = (
    Shown("/app/sign-in", "sign-in", "Sign in", Who.VISITOR),
    Shown("/app/register", "register", "Make an account", Who.VISITOR),
    Shown("/app/forgotten", "forgotten", "A forgotten password", Who.VISITOR),
    Shown(_LINK, "set-up", "The first administrator", Who.VISITOR, filled={"name": "setup"}),
    Shown(_LINK, "new-password", "A new password", Who.VISITOR, filled={"name": "new-password"}),
    Shown(_LINK, "confirm-email", "Confirming an e-mail", Who.VISITOR, filled={"name": "confirm-email"}),
    Shown(_LINK, "invitation", "An invitation", Who.VISITOR, filled={"name": "invitation"}),
    Shown("/app/unsubscribe", "unsubscribe", "No more mails", Who.VISITOR, "?token={unsubscribing}"),
    Shown("/app/account/erased", "erased", "An account is gone", Who.VISITOR),
)
_WORK = (
    Shown("/app", "start", "Start"),
    Shown("/app/jobs", "jobs", "Jobs"),
    Shown(_RECORDING, "meeting", "A recording: a meeting", filled={"job_id": "meeting_id"}),
    Shown(_RECORDING, "talk", "A recording: a film with subtitles", filled={"job_id": "talk_id"}),
    Shown(_RECORDING, "working", "A job at work", filled={"job_id": "running_id"}),
    Shown(_RECORDING, "failed", "A job that failed", filled={"job_id": "failed_id"}),
    Shown(_RECORDING, "film", "A film that is done", filled={"job_id": "film_id"}),
    Shown(f"{_RECORDING}/edit", "editor", "The editor", filled={"job_id": "talk_id"}),
    Shown(f"{_RECORDING}/revisions", "revisions", "Who changed what", filled={"job_id": "talk_id"}),
    Shown(f"{_RECORDING}/delete", "delete", "Deleting a recording", filled={"job_id": "talk_id"}),
    Shown("/app/films", "films", "Films"),
    Shown("/app/films/new", "film-new", "A new film"),
    Shown("/app/search", "search", "Search", query="?q=opening"),
    Shown("/app/voices", "voices", "Voices"),
    Shown("/app/voices/new", "voice-new", "A new voice"),
    Shown("/app/voices/test", "voice-test", "Whose voice is it?"),
    Shown("/app/voices/{voice_id}", "voice", "A voice"),
    Shown("/app/voices/{voice_id}/erase", "voice-erase", "Erasing a voice"),
)
_PROJECTS = (
    Shown("/app/projects", "projects", "Projects"),
    Shown("/app/projects/join", "project-join", "Joining a project"),
    Shown(_PROJECT, "project", "A project"),
    Shown(f"{_PROJECT}/members", "members", "Its members"),
    Shown(f"{_PROJECT}/keys", "keys", "Its keys"),
    Shown(f"{_PROJECT}/webhooks", "webhooks", "Its webhooks"),
    Shown(f"{_PROJECT}/webhooks/{{webhook_id}}", "webhook", "A webhook"),
    Shown(f"{_PROJECT}/channels", "channels", "Where its news go"),
    Shown(f"{_PROJECT}/glossary", "glossary", "Its names and terms"),
    Shown(f"{_PROJECT}/retention", "retention", "How long its things are kept"),
    Shown(f"{_PROJECT}/audit", "project-audit", "What was done in it"),
    Shown(f"{_PROJECT}/settings", "project-settings", "Its settings"),
)
_ACCOUNT = (
    Shown("/app/account", "account", "Account"),
    Shown("/app/account/profiles", "profiles", "Profiles"),
    Shown("/app/account/profiles/{profile_id}", "profile", "A profile"),
    Shown("/app/account/password", "password", "The password"),
    Shown("/app/account/second-factor", "second-factor", "The second factor"),
    Shown("/app/account/sessions", "sessions", "Where one is signed in"),
    Shown("/app/account/identities", "identities", "Signing in elsewhere"),
    Shown("/app/account/notifications", "notifications", "Which mails come"),
    Shown("/app/account/usage", "usage", "One's own usage"),
    Shown("/app/account/export", "export", "Everything to take away"),
    Shown("/app/account/erase", "account-erase", "Erasing the account"),
)
_ADMINISTRATION = (
    Shown("/app/admin", "admin", "Administration", _ADMIN),
    Shown("/app/admin/people", "admin-people", "People", _ADMIN),
    Shown("/app/admin/people/{user_id}", "admin-person", "A person", _ADMIN),
    Shown("/app/admin/people/{user_id}/erase", "admin-erase", "Erasing a person", _ADMIN),
    Shown("/app/admin/projects", "admin-projects", "All projects", _ADMIN),
    Shown("/app/admin/projects/{project_id}", "admin-project", "A project's quotas", _ADMIN),
    Shown("/app/admin/queue", "admin-queue", "The queue and the workers", _ADMIN),
    Shown("/app/admin/figures", "admin-figures", "Figures", _ADMIN),
    Shown("/app/admin/storage", "admin-storage", "Storage", _ADMIN),
    Shown("/app/admin/models", "admin-models", "Models", _ADMIN),
    Shown("/app/admin/audit", "admin-audit", "The audit trail", _ADMIN),
    Shown("/app/admin/upkeep", "admin-upkeep", "Upkeep", _ADMIN),
)

PAGES = (*_COMING_IN, *_WORK, *_PROJECTS, *_ACCOUNT, *_ADMINISTRATION)

NO_PAGES = {
    "/app/assets/{name}": "scripts, styles, fonts",
    "/app/jobs/live": "a stream",
    "/app/films/{job_id}/captions.vtt": "captions",
    "/app/films/{job_id}/poster": "a picture",
    "/app/films/file": "leads on",
    "/app/project": "leads on",
    "/app/sign-in/code": "leads on, but for whom a provider has sent back",
    f"{_RECORDING}/edit/changes": "a stream",
    f"{_RECORDING}/links": "leads on",
    f"{_RECORDING}/speakers/{{deed}}": "leads on",
    f"{_RECORDING}/steps/{{name}}/retry": "leads on",
    f"{_RECORDING}/tags": "leads on",
    f"{_RECORDING}/voices/{{voice_id}}/past": "leads on",
    f"{_RECORDING}/waveform": "numbers",
    f"{_RECORDING}/word-times": "numbers",
}
"""Other routes that are asked with `GET`, and what they answer with."""

LINK_PAGES = {name: name for name in ("setup", "new-password", "confirm-email", "invitation")}
"""What stands in the addresses of the pages that links in letters lead to."""


def routes() -> dict[str, set[str]]:
    """What browsers go to in an application that nothing stands behind, without the kinds of what is filled
    in: each address with the names of what may stand behind its `?`.
    """
    unused = Settings(
        database_url=SecretStr(f"sqlite+aiosqlite:///{tempfile.gettempdir()}/unused.db"),
        storage_url="memory://",
        accounts=AccountSettings(secret_key=SecretStr("x" * 32)),
    )
    found: dict[str, set[str]] = {}
    for one in iter_route_contexts(add_pages(create_app(services_for(unused))).routes):
        dependant = getattr(one, "dependant", None)
        if dependant is not None and "GET" in (one.methods or ()):
            found[_PLACE.sub(r"{\1}", str(one.path))] = set(_asked(dependant))
    return found


def _asked(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        fields = getattr(parameter.field_info.annotation, "model_fields", None)
        yield from fields or [parameter.alias]
    for inner in dependant.dependencies:
        yield from _asked(inner)
