"""Pages as a browser without JavaScript uses them: forms are read from the page, filled in and sent."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx
from tests.api.accounts import EMAIL, PASSWORD
from tests.api.installation import Installation

from surtitle.api.browser_sessions import CSRF_COOKIE


@dataclass
class Form:
    """A form of a page: where it goes, and what it holds already."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag in {"input", "textarea"} and self.found and given.get("name"):
            ticked = given.get("type") not in {"checkbox", "radio"} or "checked" in given
            self.found[-1].values |= {given["name"]: given.get("value", "")} if ticked else {}
            self._textarea = given["name"] if tag == "textarea" else ""

    def handle_endtag(self, tag: str) -> None:
        self._textarea = "" if tag == "textarea" else self._textarea

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.found[-1].values[self._textarea] += data


def forms_of(page: str) -> list[Form]:
    reader = _Forms()
    reader.feed(page)
    return reader.found


def form_to(page: str, action: str) -> Form:
    """The page's form that goes to `action`."""
    [form] = [one for one in forms_of(page) if urlsplit(one.action).path == action]
    return form


async def send(api: Installation, form: Form, **filled: str) -> httpx.Response:
    """Send the form with these values, and follow no redirect."""
    assert form.method == "post"
    return await api.client.post(form.action, data={**form.values, **filled})


async def signed_in(api: Installation, email: str = EMAIL) -> None:
    """Register, and sign the client in by the form."""
    made = await api.client.post("/api/register", json={"email": email, "password": PASSWORD})
    assert made.status_code == 201, made.text
    page = await api.client.get("/app/sign-in")
    answer = await send(api, form_to(page.text, "/app/sign-in"), email=email, password=PASSWORD)
    assert answer.status_code == 303, answer.text
    assert CSRF_COOKIE in api.client.cookies
