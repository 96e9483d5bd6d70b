"""Traefik with the arguments and routes of deploy/compose, in front of a real `surtitle serve`."""

import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.deploy.compose import ROOT, configured
from tests.server import Server, free_port

TRAEFIK = str(Path(sys.executable).with_name("traefik"))
START_SECONDS = 60
DOMAIN = "surtitle.test"
RATE = 10


@dataclass(frozen=True)
class Proxy:
    """The ports of Traefik's entry points, by their names, and the certificate that it shows."""

    ports: dict[str, int]
    certificate: Path

    def url(self, entry: str, path: str = "/") -> str:
        return f"{'https' if entry == 'https' else 'http'}://localhost:{self.ports[entry]}{path}"

    def client(self, **options: object) -> httpx.Client:
        trusted = ssl.create_default_context(cafile=self.certificate)
        return httpx.Client(verify=trusted, timeout=30, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def surtitle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(
        tmp_path_factory.mktemp("proxied") / "data",
        SURTITLE_SERVER__AUTH="required",
        SURTITLE_SERVER__WORKERS="0",
        SURTITLE_SERVER__PUBLIC_URL=f"https://{DOMAIN}",
        SURTITLE_SERVER__TRUSTED_PROXIES='["127.0.0.1/32"]',
        SURTITLE_LIMITS__ADDRESS_REQUESTS_A_MINUTE="100000",
    ) as server:
        yield server


@pytest.fixture(scope="module")
def proxy(surtitle: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("traefik")
    made = [sys.executable, "-I", str(ROOT / "deploy" / "compose" / "setup.py"), str(folder)]
    subprocess.run(made, env={"PATH": os.environ["PATH"], "DOMAIN": DOMAIN}, check=True, capture_output=True)
    service = configured({"DOMAIN": DOMAIN, "REQUESTS_A_SECOND": str(RATE)})["services"]["traefik"]
    names = [name for argument in service["command"] if (name := _entry(argument))]
    ports = {name: free_port() for name in names}
    certificates = folder / "secrets" / "traefik"
    variables = {
        **service["environment"],
        "API": surtitle.url,
        "CERTIFICATE_FOLDER": str(certificates),
        "HTTPS_PORT": str(ports["https"]),
    }
    log = folder / "traefik.log"
    with log.open("wb") as told:
        process = subprocess.Popen(
            [TRAEFIK, *(_here(argument, ports, folder) for argument in service["command"])],
            env={"PATH": os.environ["PATH"], **variables}, stdout=told, stderr=told,
        )  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{ports['inside']}/ping", process, log)
        started = Proxy(ports, certificates / "tls.crt")
        _wait(started.url("api", "/health/live"), process, log)
        yield started
        assert '"level":"error"' not in log.read_text()
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_people_get_tls_with_the_certificate_that_lies_there(proxy: Proxy) -> None:
    with proxy.client() as client:
        answer = client.get(proxy.url("https", "/health/live"))
        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"].startswith("max-age=")
    certificate = ssl.get_server_certificate(("127.0.0.1", proxy.ports["https"]))
    assert certificate.strip() == proxy.certificate.read_text().strip()


def test_plain_http_is_told_where_tls_is(proxy: Proxy) -> None:
    answer = httpx.get(proxy.url("http", "/api/jobs?state=failed"))
    assert answer.status_code == 301
    assert answer.headers["location"] == proxy.url("https", "/api/jobs?state=failed")


def test_old_tls_is_refused(proxy: Proxy) -> None:
    old = ssl.create_default_context(cafile=proxy.certificate)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", proxy.ports["https"])) as plain,
        pytest.raises(ssl.SSLError),
        old.wrap_socket(plain, server_hostname="localhost"),
    ):
        pass


def test_surtitle_learns_who_asks_and_nobody_can_say_it_for_themselves(
    proxy: Proxy,
) -> None:
    """Cross-origin pages are judged by how the person came: with TLS, though the proxy speaks HTTP."""
    own = {"Host": DOMAIN, "Origin": f"https://{DOMAIN}"}
    with proxy.client() as client:
        assert client.post(proxy.url("https", "/api/login"), headers=own, json={}).status_code == 422
        plain = {"Host": DOMAIN, "Origin": f"http://{DOMAIN}"}
        refused = client.post(proxy.url("https", "/api/login"), headers=plain, json={})
        assert refused.json()["type"] == "/problems/foreign-origin"
        # Without TLS it is no TLS, whatever the client says: a page that came so may ask.
        claimed = {**plain, "X-Forwarded-Proto": "https"}
        assert client.post(proxy.url("api", "/api/login"), headers=claimed, json={}).status_code == 422


def test_the_ports_of_earlier_systems_lead_to_the_same_place(proxy: Proxy) -> None:
    for entry in ("api", "pages"):
        assert httpx.get(proxy.url(entry, "/health")).json()["status"] == "healthy"
    monitor = httpx.get(proxy.url("monitor", "/tasks"))
    assert (monitor.status_code, monitor.headers["location"]) == (
        302,
        "http://localhost:3000/d/surtitle/surtitle",
    )


def test_pages_at_the_old_port_are_shown_where_tls_is_and_programs_are_answered(proxy: Proxy) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    shown = httpx.get(proxy.url("pages", "/app/jobs?state=failed"), headers=browser)
    assert (shown.status_code, shown.headers["location"]) == (302, f"https://{DOMAIN}/app/jobs?state=failed")
    # What no browser asks by itself, and what one posts, is for the API.
    assert httpx.get(proxy.url("pages", "/app")).status_code != 302
    assert httpx.post(proxy.url("pages", "/api/login"), headers=browser, json={}).status_code == 422


def test_one_address_has_a_rate_and_does_not_use_up_that_of_others(proxy: Proxy) -> None:
    trusted = ssl.create_default_context(cafile=proxy.certificate)
    greedy = httpx.HTTPTransport(verify=trusted, local_address="127.0.0.2")
    with httpx.Client(transport=greedy, timeout=30) as client:
        # Above the rate for as long as it takes, and no longer.
        answers = (client.get(proxy.url("https", "/health/live")) for _ in range(100 * RATE))
        refused = next(answer for answer in answers if answer.status_code != 200)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 0
    with proxy.client() as other:
        assert other.get(proxy.url("https", "/health/live")).status_code == 200


def _entry(argument: str) -> str | None:
    named = re.fullmatch(r"--entrypoints\.(\w+)\.address=:\d+", argument)
    return named[1] if named else None


def _here(argument: str, ports: dict[str, int], folder: Path) -> str:
    """The argument with ports and folders of this machine instead of the container's."""
    if name := _entry(argument):
        return f"--entrypoints.{name}.address=127.0.0.1:{ports[name]}"
    routes = str(ROOT / "deploy" / "traefik" / "routes.yaml")
    return argument.replace("/etc/traefik/routes.yaml", routes).replace("/state/", f"{folder}/")


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"Traefik does not answer at {url}:\n{log.read_text()[-3000:]}")
