"""A file fetched from an address that a server told us: never from inside the network that we stand in."""

import errno
import ipaddress
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

import httpx

from surtitle.domain.public_addresses import Address, is_public
from surtitle.domain.web_addresses import origin_of
from surtitle.engines.video_errors import AddressRefused, FileAway, FileGone
from surtitle.errors import StorageFull, TooLarge

_REDIRECTS = 3
_GONE = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """`trusted_origin` is a server that the operator named: it may stand inside, and speak plain http."""

    most_bytes: int
    most_seconds: float
    trusted_origin: str | None = None


def download(url: str, target: Path, limits: DownloadLimits, check: Callable[[], None]) -> None:
    """The file at `url` in `target`, whole or not at all. `check` is called now and then, and may raise.

    Raises `AddressRefused`, `FileGone`, `FileAway`, `TooLarge` or `StorageFull`. No error holds the address:
    it may be a key to the file.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        with _our_words(), _opened(url, limits) as answer:
            _write(answer, part, limits, check)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _opened(url: str, limits: DownloadLimits) -> Iterator[httpx.Response]:
    with httpx.Client(timeout=httpx.Timeout(30, connect=10), follow_redirects=False) as client:
        for _ in range(_REDIRECTS + 1):
            answer = client.send(_request(client, url, limits), stream=True)
            try:
                if not answer.has_redirect_location:
                    _refuse(answer.status_code)
                    yield answer
                    return
                url = str(httpx.URL(url).join(answer.headers["Location"]))
            finally:
                answer.close()
    raise AddressRefused("The file's server sends us from one address to the next without an end.")


def _request(client: httpx.Client, url: str, limits: DownloadLimits) -> httpx.Request:
    """A request to the very address that was checked: its name may mean another one a moment later."""
    origin = origin_of(url)
    if origin is None:
        raise AddressRefused("The server told an address of the file that is none of the web.")
    if origin == limits.trusted_origin:
        return client.build_request("GET", url)
    address = httpx.URL(url)
    if address.scheme != "https":
        raise AddressRefused("The server told an address of the file that is not https.")
    if getproxies().get("https") and not proxy_bypass(address.host):
        # A proxy looks names up itself, and keeps its own rules; numbers can be judged here.
        _refuse_inside(_as_number(address.host))
        return client.build_request("GET", address)
    pinned = address.copy_with(host=str(_public_address(address.host, address.port or 443)))
    return client.build_request(
        "GET",
        pinned,
        headers={"Host": address.netloc.decode("ascii")},
        extensions={"sni_hostname": address.raw_host.decode("ascii")},
    )


def _public_address(host: str, port: int) -> Address:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise FileAway("The name of the file's server cannot be looked up.") from None
    addresses = [ipaddress.ip_address(str(place[4][0]).partition("%")[0]) for place in found]
    for address in addresses:
        _refuse_inside(address)
    return addresses[0]


def _as_number(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _refuse_inside(address: Address | None) -> None:
    if address is not None and not is_public(address):
        raise AddressRefused("The server told an address of the file that lies inside a network.")


def _refuse(status: int) -> None:
    if status == HTTPStatus.OK:
        return
    if status in _GONE:
        raise FileGone(f"The server has the file no more (HTTP {status}).")
    raise FileAway(f"The file's server is out of order or has no room (HTTP {status}).")


def _write(answer: httpx.Response, part: Path, limits: DownloadLimits, check: Callable[[], None]) -> None:
    size, until = 0, time.monotonic() + limits.most_seconds
    with part.open("wb") as file:
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > limits.most_bytes:
                raise TooLarge(f"The file is larger than {limits.most_bytes // 1024**2} MiB.")
            if time.monotonic() > until:
                raise FileAway(f"The file took longer than {limits.most_seconds:.0f} s to come.")
            file.write(piece)
            check()


@contextmanager
def _our_words() -> Iterator[None]:
    try:
        yield
    except httpx.InvalidURL:
        raise AddressRefused("The server told an address of the file that cannot be read.") from None
    except httpx.HTTPError as error:
        raise FileAway(f"The file's server cannot be reached ({type(error).__name__}).") from None
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StorageFull("The disk is full: there is no room for the film. Free some space.") from error
        raise
