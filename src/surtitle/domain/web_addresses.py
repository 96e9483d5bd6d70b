"""Addresses of sites and servers on the web."""

import ipaddress
from urllib.parse import unquote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PATH_CHARACTERS = 500


def origin_of(url: str) -> str | None:
    """Scheme, host and port of an `http` or `https` URL as browsers write them; None for anything else."""
    try:
        parts = urlsplit(url)
        port, usual = parts.port, _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or usual is None or "@" in parts.netloc or not url.isprintable() or " " in url:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in {None, usual} else f":{port}")


def is_confidential(url: str) -> bool:
    """Whether nobody on the way can read along: https, or http that does not leave this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or "@" in parts.netloc or not url.isprintable() or " " in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def is_local_path(text: str) -> bool:
    """Whether a browser that is sent to `text` stays on this server, however it reads it.

    Browsers take two slashes, or a slash and a backslash, for the beginning of another server's address,
    and drop control characters; a proxy on the way may decode what is written with `%`, once or twice.
    """
    if len(text) > _PATH_CHARACTERS:
        return False
    once = unquote(text)
    return all(_stays(reading) for reading in (text, once, unquote(once)))


def _stays(path: str) -> bool:
    first_part = path.partition("?")[0].partition("#")[0]
    return path.startswith("/") and "//" not in first_part and "\\" not in path and path.isprintable()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
