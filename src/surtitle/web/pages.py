"""Templates into pages: one environment for each language, and the policy that every page is sent with."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from surtitle.web.assets import Assets
from surtitle.web.catalogues import LANGUAGES, catalogue
from surtitle.web.navigation import PLACES
from surtitle.web.sentences import Refusal
from surtitle.web.view import View, view_of

TEMPLATES = Path(__file__).parent / "templates"

_POLICY = (
    "default-src 'self'; img-src 'self' data:{store}; media-src 'self' blob:{store}; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_HEADERS = {
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(self), payment=()",
    # A page of ours may tell another of ours where it came from.
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language, Cookie",
}


def policy(store: str | None) -> str:
    """Nothing from elsewhere, nothing written into the page itself: neither scripts nor styles.

    `store`: scheme and host of an object store that serves downloads itself; pictures and films come from it.
    """
    return _POLICY.format(store=f" {store}" if store else "")


class Pages:
    """All templates, and the files that pages load."""

    def __init__(self, assets: Assets, store: str | None = None) -> None:
        self.assets = assets
        self._headers = {**_HEADERS, "Content-Security-Policy": policy(store)}
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    async def show(
        self,
        request: Request,
        template: str,
        *,
        refusal: Refusal | None = None,
        status: int | None = None,
        **content: Any,
    ) -> HTMLResponse:
        """The page, in the language and the theme of whoever asks.

        `refusal` is told on it, and gives the answer its status where `status` does not.
        """
        view = await view_of(request)
        text = self.text(view, template, refusal=refusal, **content)
        answered = status or (refusal.status if refusal else HTTPStatus.OK)
        return HTMLResponse(text, answered, headers=self._headers)

    def text(self, view: View, template: str, **content: Any) -> str:
        """A page, or a part of one, as HTML."""
        return self._environments[view.language].get_template(template).render(view=view, **content)

    def _environment(self, language: str) -> Environment:
        made = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        # The extension brings it; with `newstyle` values are escaped and put in by the call itself.
        made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
        made.globals |= {"asset": self.assets.address, "languages": LANGUAGES, "places": PLACES}
        return made


async def page(request: Request, template: str, **content: Any) -> HTMLResponse:
    """`Pages.show` for whoever sent the request."""
    pages: Pages = request.app.state.pages
    return await pages.show(request, template, **content)
