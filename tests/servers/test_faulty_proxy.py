"""The proxy does what it is told to do; else the tests behind it would show nothing."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from tests.servers.faulty_proxy import HEALTHY, Fault, FaultyProxy, faulty_proxy

BODY_BYTES = 200_000


class Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy() -> Iterator[FaultyProxy]:
    # Who is cut off in the middle of a request is no error of the server's.
    ThreadingHTTPServer.handle_error = lambda *_: None  # type: ignore[method-assign]
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with faulty_proxy(("127.0.0.1", server.server_address[1])) as opened:
            yield opened
        server.shutdown()
        thread.join()


def ask(proxy: FaultyProxy, seconds: float = 10) -> httpx.Response:
    return httpx.post(
        proxy.before("http://user:secret@elsewhere:1/a"), content=b"x" * BODY_BYTES, timeout=seconds
    )


def test_nothing_is_changed_until_it_is_told_to_break(proxy: FaultyProxy) -> None:
    assert ask(proxy).content == b"x" * BODY_BYTES
    assert proxy.hits == 0


@pytest.mark.parametrize("fault", [Fault(refuses=True), Fault(cut_after_bytes=100_000)])
def test_a_connection_is_reset_at_once_or_in_the_middle(proxy: FaultyProxy, fault: Fault) -> None:
    proxy.fault = fault
    with pytest.raises(httpx.TransportError):
        ask(proxy)
    assert proxy.hits == 1
    proxy.fault = HEALTHY
    assert ask(proxy).is_success


def test_a_status_is_answered_to_every_request(proxy: FaultyProxy) -> None:
    proxy.fault = Fault(status=503)
    assert ask(proxy).status_code == 503
    assert proxy.hits == 1


def test_nothing_passes_while_it_hangs_and_all_of_it_later(proxy: FaultyProxy) -> None:
    proxy.fault = Fault(hangs=True)
    with pytest.raises(httpx.TimeoutException):
        ask(proxy, seconds=0.2)
    threading.Timer(0.2, lambda: setattr(proxy, "fault", HEALTHY)).start()
    assert ask(proxy).content == b"x" * BODY_BYTES


def test_a_slow_way_carries_all_of_it(proxy: FaultyProxy) -> None:
    proxy.fault = Fault(bytes_a_second=1_000_000)
    began = time.monotonic()
    assert ask(proxy).content == b"x" * BODY_BYTES
    assert time.monotonic() - began >= 2 * BODY_BYTES / 1_000_000
