"""An endpoint that speaks OpenAI's chat completions, on loopback, and answers as a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, bytes]
Reply = Callable[[dict[str, Any]], Answer]


def completion(content: str | None, **choice: Any) -> Answer:
    """The model wrote `content`."""
    message = {"role": "assistant", "content": content, **choice.pop("message", {})}
    answer = {"object": "chat.completion", "choices": [{"index": 0, "message": message, **choice}]}
    return 200, json.dumps(answer).encode()


@dataclass
class ChatEndpoint:
    """`asked` are the bodies of all requests, `headers` what came with them."""

    url: str
    reply: Reply
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    """A reply that hangs waits for it, so that the server can end."""

    def lines(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The lines of a transcript that a request holds."""
        return list(json.loads(request["messages"][-1]["content"])["lines"])


@contextmanager
def chat_endpoint(reply: Reply) -> Iterator[ChatEndpoint]:
    endpoint = ChatEndpoint("", reply)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.asked.append({**body, "path": self.path})
            endpoint.headers.append(dict(self.headers.items()))
            status, answer = endpoint.reply(body)
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                if status in {301, 302, 307}:
                    self.send_header("Location", f"{endpoint.url}/elsewhere")
                self.end_headers()
                self.wfile.write(answer)
            except ConnectionError:
                return  # whoever asked has heard enough

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield endpoint
    finally:
        endpoint.released.set()
        server.shutdown()
        server.server_close()
        serving.join()
