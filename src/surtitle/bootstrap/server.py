"""The server process: one listening socket, the application behind it, the workers beside it."""

import asyncio
import errno
import ipaddress
import resource
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from fastapi import FastAPI

from surtitle.api.patience import PatientConfig
from surtitle.bootstrap.api import opened_app
from surtitle.bootstrap.setup_link import show_setup_link
from surtitle.bootstrap.supervisor import supervised_workers
from surtitle.config import ServerSettings, Settings
from surtitle.errors import Invalid, Unavailable

# An open event stream would hold a stopping server for ever; its client comes back with Last-Event-ID.
_STREAMS_MAY_LAST_SECONDS = 1.0
# The last resort: uvicorn then cancels what still runs, and logs each as an error.
_REQUESTS_MAY_LAST_SECONDS = 4
_BACKLOG = 2048
# Database, store, logs, pipes to the workers.
_OTHER_FILES = 512

WhenListening = Callable[[str], Awaitable[bool]]
"""Called with the URL once requests are answered; returns whether to stay up."""


def listen(settings: ServerSettings) -> socket.socket:
    """The socket to serve from. Raises `Invalid` for a host that others can reach, and `Unavailable`
    when the port is taken.
    """
    if settings.auth == "personal":
        require_loopback(settings.host)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise Unavailable(_why_not(error, settings)) from error


def require_loopback(host: str) -> None:
    """Decline to listen where others reach the port and nobody is asked who they are. Raises `Invalid`."""
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    if host == "localhost":
        return
    raise Invalid(
        f"Surtitle does not listen on {host[:80]!r}: this installation is personal, so that whoever reaches "
        "its port owns everything in it. Have people sign in with --auth required. Or listen on 127.0.0.1, "
        "and reach it from another machine through an SSH tunnel: ssh -L 8000:127.0.0.1:8000 THIS-MACHINE, "
        "then open http://localhost:8000 there.",
        field="server.host",
    )


async def run_server(settings: Settings, listener: socket.socket, when_listening: WhenListening) -> None:
    """Serve until SIGINT or SIGTERM, or until `when_listening` says that it was enough.

    SIGTERM lets running jobs go on for the grace period; SIGINT hands them back at once. What
    `when_listening` raises ends the server and is raised here.
    """
    stopping = _Stopping()
    workers, grace = settings.server.workers, settings.jobs.grace_seconds
    with listener, stopping.by_signals():
        async with opened_app(settings) as app, supervised_workers(workers, grace, stopping.at_once):
            server = _Server(configured(app, settings))
            stopping.concerns(server)

            async def shown(url: str) -> bool:
                await show_setup_link(app.state.services, url)
                return await when_listening(url)

            await _serve(server, listener, shown)


def configured(app: FastAPI, settings: Settings) -> PatientConfig:
    """How uvicorn serves the application, limits and all."""
    _allow_open_files(settings.limits.connections)
    return PatientConfig(app, settings.limits, settings.server.trusted_proxies, **_CONFIG)


def _allow_open_files(connections: int) -> None:
    """Each connection is a file to the system, whose first offer (often 1024) may be lower than ours."""
    offered, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if offered != resource.RLIM_INFINITY and offered < wanted:
        allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


_CONFIG: dict[str, Any] = {
    "lifespan": "off",
    "log_config": None,
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    # It would believe every program on this machine; `api.client_address` believes whom the settings name.
    "proxy_headers": False,
    "timeout_graceful_shutdown": _REQUESTS_MAY_LAST_SECONDS,
}


class _Server(uvicorn.Server):
    """Tells when it listens, and leaves signals to us: uvicorn would raise them again at the end, in
    the middle of stopping the workers.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        hanging_up = loop.call_later(_STREAMS_MAY_LAST_SECONDS, self._hang_up)
        try:
            await super().shutdown(sockets)
        finally:
            hanging_up.cancel()

    def _hang_up(self) -> None:
        """End streams as if their clients had gone, which they are made for."""
        for connection in list(self.server_state.connections):
            connection.transport.close()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(server: _Server, listener: socket.socket, when_listening: WhenListening) -> None:
    companion = asyncio.create_task(_accompany(server, _url(listener), when_listening))
    try:
        await server.serve(sockets=[listener])
    finally:
        companion.cancel()
        await asyncio.wait({companion})
    if not companion.cancelled():
        companion.result()


async def _accompany(server: _Server, url: str, when_listening: WhenListening) -> None:
    await server.listening.wait()
    stay = False
    try:
        stay = await when_listening(url)
    finally:
        server.should_exit = server.should_exit or not stay


class _Stopping:
    """What signals ask of the server and of its workers, also while the server is still starting."""

    def __init__(self) -> None:
        self.at_once = asyncio.Event()
        self._asked = False
        self._server: _Server | None = None

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, number)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def concerns(self, server: _Server) -> None:
        self._server = server
        server.should_exit = self._asked

    def _stop(self, number: signal.Signals) -> None:
        if number is signal.SIGINT:
            self.at_once.set()
        if self._server is not None:
            self._server.force_exit = self._asked
            self._server.should_exit = True
        self._asked = True


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    # Browsers show "localhost" as a safe place, and it is what the documents say.
    shown = "localhost" if host == "127.0.0.1" else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def _why_not(error: OSError, settings: ServerSettings) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.port} on {settings.host} is in use, perhaps by another Surtitle. Stop it, or "
            f"choose another port: --port {settings.port + 1 if settings.port < 65535 else 8000} "  # noqa: PLR2004
            "(or SURTITLE_SERVER__PORT)."
        )
    if error.errno == errno.EACCES:
        return f"Port {settings.port} needs an administrator's rights; choose one above 1023 with --port."
    return f"Cannot listen on {settings.host}, port {settings.port}: {error.strerror or error}."
