"""Addresses that may hold a password, read so that no piece of it is shown."""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from surtitle.domain.web_addresses import origin_of

HIDDEN = "********"

_HOST_AND_PORT = re.compile(r"(\[[0-9A-Za-z:.%]+\]|[^:@\[\]]*)(:[0-9]{0,5})?")
_POSTGRESQL = ("postgres", "postgresql")


def place_of(url: str) -> str | None:
    """The hosts and ports that a URL names, without who signs in there. None where a password that should
    have been escaped (`/`, `?`, `#`) may have torn the URL apart, so that a piece of it stands for a host.
    """
    parts = _split(url)
    return None if parts is None else parts.netloc.rpartition("@")[2]


def without_password(text: str) -> str:
    """A URL with its password hidden, and its query, which may hold another; other text as it is.

    Where it cannot be told what is the password, all is hidden.
    """
    if "://" not in text:
        return text
    parts = _split(text)
    if parts is None:
        return HIDDEN
    account, at, place = parts.netloc.rpartition("@")
    netloc = f"{_without_password(account, parts.scheme)}{at}{place}"
    query, fragment = (HIDDEN if part else "" for part in (parts.query, parts.fragment))
    return urlunsplit(parts._replace(netloc=netloc, query=query, fragment=fragment))


def endpoint_url(url: str | None, api_key: str) -> str | None:
    """A server that speaks OpenAI's API, without a slash at the end; None for an empty text.

    Raises `ValueError` for what is none or holds a secret, which belongs into the setting `api_key`. The
    value itself is told nowhere: it may hold a password.
    """
    if not url:
        return None
    parts = urlsplit(url)
    if origin_of(url) is None or parts.query or parts.fragment:
        raise ValueError(
            "write it as http://HOST:PORT/v1 or https://HOST/v1, without user, password or query; "
            f"a key belongs into {api_key}"
        )
    return url.rstrip("/")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if "@" in parts.path + parts.query + parts.fragment:
        return None
    hosts = parts.netloc.rpartition("@")[2].split(",")
    return parts if all(_HOST_AND_PORT.fullmatch(host) for host in hosts) else None


def _without_password(account: str, scheme: str) -> str:
    user, colon, _password = account.partition(":")
    if colon:
        return f"{user}:{HIDDEN}"
    # A database's user is what one looks for; elsewhere what stands alone may well be a key.
    return account if not account or scheme.partition("+")[0] in _POSTGRESQL else HIDDEN
