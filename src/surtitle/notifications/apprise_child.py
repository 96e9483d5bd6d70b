"""The process that talks to a chat service, by Apprise. One message, told on standard input; no database.

Apprise's plugins bring HTTP clients of their own. Here they can reach one place, the guarded proxy of the
process that started this one: whatever else they would connect to, run or listen on is refused.
"""

import json
import logging
import re
import sys
from typing import Any

_STATUS = re.compile(r"error=(\d{3})")
# By these a plugin is told of a file on this machine, which it opens as whoever runs the server.
_FILES = ("template", "keyfile", "subfile")
_REFUSED = frozenset(
    {
        "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "pty.spawn", "socket.bind",
        "socket.sendmsg", "socket.sendto", "subprocess.Popen",
    }
)  # fmt: skip


def main() -> None:
    order: dict[str, Any] = json.load(sys.stdin)
    if order["proxy"] is not None:
        _confine((order["proxy"][0], order["proxy"][1]))
    sys.stdout.write(json.dumps(_answer(order)))


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    if (parameter := _naming_a_file(order["url"])) is not None:
        return {"ok": False, "status": None, "names_file": parameter}
    return _checked(order) if order["body"] is None else _sent(order)


def _confine(proxy: tuple[str, int]) -> None:
    """From now on this process may connect to the proxy alone. It cannot be undone."""

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and arguments[1] != proxy:
            raise PermissionError("only the proxy may be asked")
        if event in _REFUSED:
            raise PermissionError(f"{event} is not for this process")

    sys.addaudithook(watch)


def _checked(order: dict[str, Any]) -> dict[str, Any]:
    service = _service(order["url"])
    if service is None:
        return {"ok": False}
    # Of others the word in that place is no host but a key.
    names_host = "host" in service.template_tokens
    host = service.host if names_host else None
    return {"ok": True, "host": host, "port": service.port, "secure": bool(service.secure)}


def _sent(order: dict[str, Any]) -> dict[str, Any]:
    from apprise import NotifyFormat, NotifyType, OverflowMode  # noqa: PLC0415 - once it is confined

    service = _service(order["url"])
    if service is None:
        return {"ok": False, "status": None}
    statuses = _Statuses()
    logging.getLogger("apprise").addHandler(statuses)
    service.overflow_mode = OverflowMode.TRUNCATE
    kind = NotifyType.FAILURE if order["failed"] else NotifyType.INFO
    ok = service.notify(
        body=order["body"], title=order["title"], notify_type=kind, body_format=NotifyFormat.TEXT
    )
    return {"ok": bool(ok), "status": statuses.last}


def _naming_a_file(url: str) -> str | None:
    """The parameter that does, as the service's plugin itself reads the URL; None where there is none."""
    from apprise.plugins import url_to_dict  # noqa: PLC0415 - once it is confined

    told = url_to_dict(url) or {}  # type: ignore[no-untyped-call]
    return next((name for name in _FILES if told.get(name)), None)


def _service(url: str) -> Any:
    from apprise import Apprise  # noqa: PLC0415 - once it is confined

    return Apprise.instantiate(url, suppress_exceptions=True)


class _Statuses(logging.Handler):
    """The status of the last answer that was no success. What Apprise logs may hold keys; it goes nowhere."""

    last: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if (found := _STATUS.search(record.getMessage())) is not None:
            self.last = int(found[1])


if __name__ == "__main__":
    main()
