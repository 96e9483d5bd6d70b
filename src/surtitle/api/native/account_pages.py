"""`/account/…`: the pages that links in mails and in the log lead to. They load nothing.

The token of a link stands behind the `#`, which a browser keeps to itself; the page's script sends it in
the body of a request, and takes it out of the address.
"""

import base64
import hashlib
from dataclasses import dataclass
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from surtitle.accounts.letters import EMAIL_PAGE, INVITATION_PAGE, PASSWORD_PAGE, SETUP_PAGE
from surtitle.api.access import PUBLIC

router = APIRouter()

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; }
label { display: block; margin: 1rem 0; }
input { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .5rem; }
button { font: inherit; padding: .5rem 1.2rem; }
"""
_SCRIPT = """
const form = document.querySelector("form"), told = document.querySelector("output");
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { [form.dataset.token]: token, ...Object.fromEntries(new FormData(form)) };
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    told.textContent = answer.ok ? form.dataset.done : (await answer.json()).detail;
    button.disabled = answer.ok;
  } catch {
    told.textContent = form.dataset.away;
    button.disabled = false;
  }
});
"""


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


_POLICY = (
    f"default-src 'none'; style-src '{_hash(_STYLE)}'; script-src '{_hash(_SCRIPT)}'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_EMAIL = '<label>E-mail <input name="email" type="email" autocomplete="username" required></label>'
_CHOICE = (
    '<label>New password <input name="password" type="password" autocomplete="new-password" required></label>'
)


@dataclass(frozen=True, slots=True)
class Page:
    """A form, where it goes, and what is said when that went well. `token_name`: in the request."""

    title: str
    action: str
    fields: str
    button: str
    done: str
    token_name: str = "token"  # noqa: S105 - the name of a field

    def html(self) -> str:
        away = "The server does not answer. Try again in a moment."
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{escape(self.title)}</title><style>{_STYLE}</style></head><body>"
            f'<h1>{escape(self.title)}</h1><form action="{self.action}" data-done="{escape(self.done)}" '
            f'data-token="{self.token_name}" data-away="{away}">{self.fields}'
            f"<button>{escape(self.button)}</button></form>"
            f'<p><output role="status"></output></p><script>{_SCRIPT}</script></body></html>'
        )


_PAGES = {
    SETUP_PAGE: Page(
        "Set up Surtitle",
        "/api/setup",
        _EMAIL + _CHOICE,
        "Become the administrator",
        "You administer this installation now, and can sign in.",
    ),
    PASSWORD_PAGE: Page(
        "A new password",
        "/api/password-reset/confirm",
        _CHOICE,
        "Set the password",
        "Your password is set. Sign in with it.",
    ),
    EMAIL_PAGE: Page(
        "Confirm your e-mail",
        "/api/email/confirm",
        "",
        "It is mine",
        "Thank you: the e-mail is yours.",
    ),
    INVITATION_PAGE: Page(
        "You are invited",
        "/api/register",
        _EMAIL + _CHOICE,
        "Register",
        "You are registered, and can sign in.",
        token_name="invitation",  # noqa: S106
    ),
}


def _answer(name: str) -> HTMLResponse:
    return HTMLResponse(_PAGES[name].html(), headers={"Content-Security-Policy": _POLICY})


@router.get(f"/account/{SETUP_PAGE}", dependencies=[PUBLIC], include_in_schema=False)
async def setup_page() -> HTMLResponse:
    """Make the first administrator."""
    return _answer(SETUP_PAGE)


@router.get(f"/account/{PASSWORD_PAGE}", dependencies=[PUBLIC], include_in_schema=False)
async def password_page() -> HTMLResponse:
    """Set a new password."""
    return _answer(PASSWORD_PAGE)


@router.get(f"/account/{EMAIL_PAGE}", dependencies=[PUBLIC], include_in_schema=False)
async def email_page() -> HTMLResponse:
    """Say that a mail has come."""
    return _answer(EMAIL_PAGE)


@router.get(f"/account/{INVITATION_PAGE}", dependencies=[PUBLIC], include_in_schema=False)
async def invitation_page() -> HTMLResponse:
    """Register with an invitation."""
    return _answer(INVITATION_PAGE)
