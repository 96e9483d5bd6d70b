"""`GET /api/token/renew`: a page whose sign-in has run out goes by here and comes back.

It lies where the refresh cookie goes (`/api/token`). Both cookies that it needs are SameSite=Strict, so
another site's page brings neither, and all that it could bring about is a sign-in that lasts longer.
"""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from surtitle.accounts.errors import BadRefreshToken, CsrfRefused
from surtitle.api.access import PUBLIC
from surtitle.api.browser_sessions import (
    CSRF_COOKIE,
    REFRESH_PATH,
    hand_over,
    refresh_token_of,
    take_back,
)
from surtitle.api.dependencies import Accounts, Address
from surtitle.web.forms import NextPath, local, see_other, sign_in_address

ADDRESS = f"{REFRESH_PATH}/renew"

router = APIRouter(include_in_schema=False)


def renewal_address(next_path: str) -> str:
    return f"{ADDRESS}?next={quote(local(next_path))}"


@router.get(ADDRESS, dependencies=[PUBLIC])
async def renew(request: Request, people: Accounts, address: Address, next_path: NextPath) -> Response:
    """Renew the browser's sign-in and go on; or to the sign-in page, where that is over."""
    request.state.csrf_token = request.cookies.get(CSRF_COOKIE, "")
    try:
        # No cookie is one that nobody knows.
        token = await refresh_token_of(request) or ""
        signed_in = await people.sessions.refresh(token, address)
    except (BadRefreshToken, CsrfRefused):
        answer = see_other(sign_in_address(next_path))
        take_back(request, answer)
        return answer
    answer = see_other(next_path)
    hand_over(request, answer, signed_in)
    return answer
