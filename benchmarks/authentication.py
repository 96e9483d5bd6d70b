"""What it costs a request to be asked who it is from, and how long a password takes to check.

The same small request (`GET /api/jobs?limit=1`), one after another over one connection, to a personal
installation, which asks nobody, and to one that asks everybody: with an access token and with a
project's key. No Argon2 is on that path; a login has one, which must be slow for whoever guesses.
"""

import http.client
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from pwdlib.hashers.argon2 import Argon2Hasher
from tests.server import Server

from benchmarks.materials import Materials
from benchmarks.report import Report
from benchmarks.timing import in_turns, spread
from surtitle.config import AccountSettings

_REQUESTS = 2000
_LOGINS = 10
_MOST_MS = 1.0
_LEAST_ARGON2_MS = 50.0
_LOGIN = {"email": "somebody@example.org", "password": "long enough to be guessed by nobody"}
_UNLIMITED = {f"SURTITLE_LIMITS__{kind}_REQUESTS_A_MINUTE": "0" for kind in ("ADDRESS", "USER", "KEY")}


def run(report: Report, materials: Materials) -> None:
    count = 50 if materials.quick else _REQUESTS
    with _server(materials.folder, "personal") as personal, _server(materials.folder, "required") as asking:
        token, key = _credentials(asking)
        sides: dict[str, Callable[[], float]] = {
            "nobody is asked": lambda: _median_ms(personal, {}, count),
            "access token": lambda: _median_ms(asking, {"Authorization": f"Bearer {token}"}, count),
            "key": lambda: _median_ms(asking, {"X-API-Key": key}, count),
        }
        for warm_up in sides.values():
            warm_up()
        found = in_turns(sides, materials.pairs)
        logins = [_login_ms(asking) for _ in range(_LOGINS)]
    report.table(
        ("request", "ms: median of turns (least to most)"), [(side, spread(ms)) for side, ms in found.items()]
    )
    report.table(("login", "ms: median (least to most)"), [("right password", spread(logins))])
    bare = median(found["nobody is asked"])
    for side in ("access token", "key"):
        more = median(found[side]) - bare
        report.aim(
            f"less than {_MOST_MS:.0f} ms more at the median ({side})", f"{more:.2f} ms", met=more < _MOST_MS
        )
    argon2 = _argon2_ms()
    report.aim(
        f"one password takes at least {_LEAST_ARGON2_MS:.0f} ms of Argon2", f"{argon2:.0f} ms",
        met=argon2 >= _LEAST_ARGON2_MS,
    )  # fmt: skip


def _server(folder: Path, auth: str) -> Server:
    return Server(
        folder / f"server-{auth}", SURTITLE_SERVER__AUTH=auth, SURTITLE_SERVER__WORKERS="0", **_UNLIMITED
    )


def _credentials(server: Server) -> tuple[str, str]:
    _asked(server, "POST", "/api/register", _LOGIN)
    token = _asked(server, "POST", "/api/login", _LOGIN)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    project = _asked(server, "GET", "/api/projects", None, headers)["items"][0]["id"]
    wish = {"name": "benchmark", "scopes": ["read"]}
    return token, _asked(server, "POST", f"/api/projects/{project}/keys", wish, headers)["key"]


def _median_ms(server: Server, headers: dict[str, str], count: int) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    spent = []
    try:
        for _ in range(count):
            began = time.perf_counter()
            connection.request("GET", "/api/jobs?limit=1", headers=headers)
            answer = connection.getresponse()
            answer.read()
            spent.append(time.perf_counter() - began)
            if answer.status != http.client.OK:
                raise RuntimeError(f"refused: {answer.status}")
    finally:
        connection.close()
    return median(spent) * 1000


def _login_ms(server: Server) -> float:
    began = time.perf_counter()
    _asked(server, "POST", "/api/login", _LOGIN)
    return (time.perf_counter() - began) * 1000


def _argon2_ms() -> float:
    """One password checked with the parameters of the default settings, here and alone."""
    settings = AccountSettings()
    hasher = Argon2Hasher(settings.password_passes, settings.password_memory_kib, parallelism=1)
    kept = hasher.hash(_LOGIN["password"])
    spent = []
    for _ in range(_LOGINS):
        began = time.perf_counter()
        hasher.verify(_LOGIN["password"], kept)
        spent.append(time.perf_counter() - began)
    return median(spent) * 1000


def _asked(
    server: Server, method: str, path: str, wish: Any, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        body = None if wish is None else json.dumps(wish)
        connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        told: dict[str, Any] = json.loads(answer.read())
        if answer.status >= http.client.BAD_REQUEST:
            raise RuntimeError(f"{method} {path}: {answer.status} {told}")
        return told
    finally:
        connection.close()
