"""Files from addresses that a server told us. Whole downloads are tested with `fal`."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.fakes.fal_server import FalServer, fal_server

from surtitle.engines.builtin.public_download import DownloadLimits, _request, download
from surtitle.engines.video_errors import AddressRefused, FileAway, FileGone
from surtitle.errors import TooLarge

LIMITS = DownloadLimits(1024, 5.0)

Names = Callable[..., None]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """What every name is answered with: one after another, as a name server that changes its mind."""

    def answer(*told: list[str]) -> None:
        script = list(told)

        def look_up(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
            addresses = script.pop(0)
            return [(0, 0, 0, "", (address, port)) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return answer


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FalServer]:
    monkeypatch.setenv("NO_PROXY", "*")
    source = tmp_path / "source"
    source.write_bytes(b"x" * 4000)
    with fal_server(source) as server:
        yield server


def fetch(server: FalServer, tmp_path: Path, most_bytes: int = 4000) -> bytes:
    target = tmp_path / "film.mp4"
    limits = DownloadLimits(most_bytes, 5.0, server.url)
    download(f"{server.url}/files/film.mp4", target, limits, lambda: None)
    return target.read_bytes()


def test_the_connection_goes_to_the_very_address_that_was_checked(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    names(["93.184.215.14"], ["127.0.0.1"])
    with httpx.Client() as client:
        request = _request(client, "https://files.example:8443/film.mp4?key=1", LIMITS)
    assert str(request.url) == "https://93.184.215.14:8443/film.mp4?key=1"
    assert request.headers["Host"] == "files.example:8443"
    # The certificate must be that name's.
    assert request.extensions["sni_hostname"] == "files.example"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.215.14", "10.0.0.7"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["::1"],
        ["fe80::1%eth0"],
        ["fd00::1"],
        ["::ffff:192.168.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["0.0.0.0"],
        ["224.0.0.1"],
    ],
)
def test_a_name_that_leads_inside_is_refused(
    addresses: list[str], names: Names, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    names(addresses)
    with pytest.raises(AddressRefused) as refusal:
        download("https://files.example/film.mp4?key=secret", tmp_path / "film.mp4", LIMITS, lambda: None)
    assert "secret" not in refusal.value.message


def test_behind_a_proxy_numbers_are_judged_and_names_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with httpx.Client() as client:
        assert _request(client, "https://files.example/film.mp4", LIMITS).url.host == "files.example"
        with pytest.raises(AddressRefused):
            _request(client, "https://192.168.0.1/film.mp4", LIMITS)


def test_a_file_comes_whole_or_not_at_all(server: FalServer, tmp_path: Path) -> None:
    assert fetch(server, tmp_path) == b"x" * 4000
    with pytest.raises(TooLarge):
        fetch(server, tmp_path, most_bytes=3999)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "source"]


@pytest.mark.parametrize(
    ("how", "error"),
    [("404", FileGone), ("410", FileGone), ("500", FileAway), ("429", FileAway), ("half", FileAway)],
)
def test_faults_are_told_apart(how: str, error: type[Exception], server: FalServer, tmp_path: Path) -> None:
    server.files = [how]
    with pytest.raises(error):
        fetch(server, tmp_path)


def test_redirects_without_an_end_are_given_up(server: FalServer, tmp_path: Path) -> None:
    server.files = [f"{server.url}/files/film.mp4"] * 10
    with pytest.raises(AddressRefused, match="without an end"):
        fetch(server, tmp_path)
