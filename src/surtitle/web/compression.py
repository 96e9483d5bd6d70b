"""Pages are sent compressed, where nobody can learn from that what stands in them."""

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from surtitle.web.assets import ADDRESS as ASSETS

# Text of this size goes into one packet as it is.
_FEWEST_BYTES = 1000
_LEVEL = 6
_ELSEWHERE = frozenset({"cross-site", "same-site"})


class Compressed(GZipMiddleware):
    """ASGI middleware: gzip for what is text. Streams of events, films and pictures go as they are.

    A page that another site's link opened is not compressed: that site could put words into its address,
    open it again and again, and learn from the sizes on the line what else stands in it (BREACH). Beside, the
    token against CSRF is written differently in each page (`csrf_masking`).
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=_FEWEST_BYTES, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._may_be_small(scope):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    @staticmethod
    def _may_be_small(scope: Scope) -> bool:
        # Scripts and styles lie there compressed already, at their strongest.
        asset = scope["path"].startswith(f"{ASSETS}/")
        return not asset and Headers(scope=scope).get("sec-fetch-site") not in _ELSEWHERE
