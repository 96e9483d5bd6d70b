"""Many clients of event streams in one process, with as little of their own in the way as can be."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from benchmarks.event_teller import TOLD_AT


@dataclass(slots=True)
class Client:
    """One connection. `heard` is set at the first event; `delays` are seconds, of those that are told of."""

    job_id: str
    delays: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, url: str, count: int, may_connect: asyncio.Semaphore) -> None:
        """Set `told` after `count` events that say when they were told; then go on listening."""
        place = urlsplit(url)
        async with may_connect:
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            path = f"/api/jobs/{self.job_id}/events"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
            await self._hear(await _next_data(reader))
        try:
            while True:
                await self._hear(await _next_data(reader))
                if len(self.delays) == count:
                    self.told.set()
        finally:
            writer.close()

    async def _hear(self, event: tuple[int, bytes]) -> None:
        now = time.time_ns()
        number, data = event
        self.numbers.append(number)
        told_at = json.loads(data).get(TOLD_AT)
        if told_at is not None:
            self.delays.append((now - told_at) / 1e9)
        self.heard.set()

    @property
    def is_complete(self) -> bool:
        return self.told.is_set() and self.numbers == list(range(1, len(self.numbers) + 1))


async def _next_data(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next event's number and JSON. Each event comes in a chunk of its own, and so in whole lines."""
    number = 0
    while line := await reader.readline():
        if line.startswith(b"id: "):
            number = int(line[4:])
        elif line.startswith(b"data: "):
            data = line[6:].strip()
        elif line == b"\n" and number:
            return number, data
    raise ConnectionError("the stream ended")
