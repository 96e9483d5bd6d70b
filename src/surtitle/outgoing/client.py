"""One request to a server that somebody named: to a checked address, bounded in size, time and redirects."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit

import httpx

from surtitle.config import OutgoingSettings
from surtitle.outgoing.errors import AnswerTooLarge, TargetAway, TargetRefused, TargetTooSlow
from surtitle.outgoing.guard import Guard, Place
from surtitle.outgoing.resolving import Resolver

USER_AGENT = "Surtitle"

_MOST_ADDRESSES = 4
_NOT_FOR_ANOTHER = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. The client adds `Host` and `User-Agent`; an answer is never compressed for us."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """`seconds` for all of it, redirects and the whole answer; `most_bytes` of the answer's body."""

    seconds: float
    most_bytes: int
    redirects: int = 0


class Answer:
    """A server's answer. Read its body with `pieces` or `beginning`, once."""

    def __init__(self, response: httpx.Response, url: str, most_bytes: int) -> None:
        self._response = response
        self._most_bytes = most_bytes
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.url = url
        """Where redirects have led."""

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it was sent. Raises `AnswerTooLarge`, `TargetAway`."""
        size = 0
        async for piece in self._response.aiter_raw():
            size += len(piece)
            if size > self._most_bytes:
                raise AnswerTooLarge(self._most_bytes)
            yield piece

    async def beginning(self, size: int) -> bytes:
        """At most `size` bytes of the body; what follows is left unread."""
        kept = b""
        async for piece in self._response.aiter_raw():
            kept += piece
            if len(kept) >= size:
                break
        return kept[:size]


class Outgoing:
    """Asks servers that users name. One for a process; close it at the end."""

    def __init__(self, settings: OutgoingSettings, resolver: Resolver | None = None) -> None:
        self.guard = Guard(settings, resolver)
        self._settings = settings
        self._made: httpx.AsyncClient | None = None

    @property
    def _client(self) -> httpx.AsyncClient:
        # Made when it is needed: reading all certificates takes longer than most commands.
        if self._made is None:
            self._made = _client_for(self._settings)
        return self._made

    @asynccontextmanager
    async def asked(self, order: Order, bounds: Bounds) -> AsyncIterator[Answer]:
        """The answer, while the block lasts. Whatever its status, it is an answer.

        Raises `TargetRefused`, `TargetAway`, `TargetTooSlow`, also out of the block.
        """
        try:
            async with asyncio.timeout(bounds.seconds) as deadline, self._answered(order, bounds) as answer:
                yield answer
        except TimeoutError:
            if not deadline.expired():
                raise
            raise TargetTooSlow(f"{_host(order.url)} was not done within {bounds.seconds:g} s.") from None
        except httpx.TimeoutException:
            raise TargetTooSlow(f"{_host(order.url)} was silent for too long.") from None
        except httpx.HTTPError as error:
            raise TargetAway(f"{_host(order.url)} cannot be reached, or broke off ({_why(error)}).") from None

    async def close(self) -> None:
        if self._made is not None:
            await self._made.aclose()

    @asynccontextmanager
    async def _answered(self, order: Order, bounds: Bounds) -> AsyncIterator[Answer]:
        url, headers = order.url, dict(order.headers)
        for _ in range(bounds.redirects + 1):
            place = await self.guard.placed(url)
            response = await self._sent(place, order, headers)
            try:
                if not (bounds.redirects and response.has_redirect_location):
                    yield Answer(response, str(place.url), bounds.most_bytes)
                    return
                url = _next(place, response)
            finally:
                await response.aclose()
            if _host(url) != place.host:
                headers = {
                    name: told for name, told in headers.items() if name.lower() not in _NOT_FOR_ANOTHER
                }
        raise TargetRefused(f"{_host(order.url)} sends us from one address to the next without an end.")

    async def _sent(self, place: Place, order: Order, headers: Mapping[str, str]) -> httpx.Response:
        """To the first of the checked addresses that lets us in."""
        fault: httpx.HTTPError | None = None
        for request in self._requests(place, order, headers):
            try:
                return await self._client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                fault = error
        assert fault is not None
        raise fault

    def _requests(self, place: Place, order: Order, headers: Mapping[str, str]) -> list[httpx.Request]:
        told = {**headers, "Accept-Encoding": "identity"}
        if not place.addresses:
            return [self._client.build_request(order.method, place.url, headers=told, content=order.content)]
        return [
            self._client.build_request(
                order.method,
                place.url.copy_with(host=str(address)),
                headers={**told, "Host": place.url.netloc.decode("ascii")},
                content=order.content,
                extensions={"sni_hostname": place.host},
            )
            for address in place.addresses[:_MOST_ADDRESSES]
        ]


def _client_for(settings: OutgoingSettings) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=ssl.create_default_context(),
        # Whatever the environment says of proxies: one would look names up that we have checked.
        trust_env=False,
        proxy=settings.proxy.get_secret_value() if settings.proxy else None,
        follow_redirects=False,
        timeout=httpx.Timeout(settings.idle_seconds, connect=settings.connect_seconds),
        # A connection that was made to one name must not serve another that has the same address.
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        headers={"User-Agent": USER_AGENT},
        # All projects ask through this client: what a server tells one of them is not for the next.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def _next(place: Place, response: httpx.Response) -> str:
    """Where a redirect leads; it is checked as the first address was."""
    try:
        url = place.url.join(response.headers["Location"])
    except (httpx.InvalidURL, ValueError):
        raise TargetRefused(f"{place.host} sends us to an address that cannot be read.") from None
    if place.url.scheme == "https" and url.scheme == "http":
        raise TargetRefused(f"{place.host} sends us from https:// to http://, where others can read along.")
    return str(url)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "the server")[:200]
    except ValueError:
        return "the server"


def _why(error: httpx.HTTPError) -> str:
    """What broke, without the library's own words, which may hold the address."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "TLS fails"
        if isinstance(cause, ConnectionRefusedError):
            return "it refuses connections"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
