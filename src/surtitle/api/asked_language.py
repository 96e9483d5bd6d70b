"""Which of our languages a caller's browser asks for."""

from fastapi import Request

from surtitle.accounts.users import FIRST_LANGUAGE
from surtitle.notifications.languages import LANGUAGES

# Of an Accept-Language header; no browser sends as many.
_MOST = 20


def asked_language(request: Request) -> str:
    """By `Accept-Language`, for who has said nothing else."""
    wanted = request.headers.get("accept-language", "").split(",")[:_MOST]
    # Browsers name them in the order of preference; the weights repeat it.
    codes = (one.partition(";")[0].strip().partition("-")[0].lower() for one in wanted)
    return next((code for code in codes if code in LANGUAGES), FIRST_LANGUAGE)
