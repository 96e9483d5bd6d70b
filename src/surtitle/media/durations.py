"""How long a recording lasts, also when its header does not say or says it wrongly."""

import time

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Stream

# Headers of these hold no duration: libav guesses one from the bit rate, far off for a variable one.
_GUESSED = frozenset({"mp3", "aac", "ac3", "eac3", "dts", "loas", "amr", "amrnb", "amrwb", "mp2", "adts"})
_SCAN_SECONDS = 8.0
MAX_DURATION_SECONDS = 48 * 3600.0
_MICROSECONDS = 1_000_000


def duration_seconds(container: InputContainer, size_bytes: int) -> float:
    """The recording's length, from its header when that can be trusted, else from its packets.

    Reading the packets of a very long file stops after some seconds; the rest is then estimated
    from the share of the file that was read.
    """
    declared = (container.duration or 0) / _MICROSECONDS
    if 0 < declared <= MAX_DURATION_SECONDS and container.format.name not in _GUESSED:
        return declared
    return _scanned(container, size_bytes) or declared


def _scanned(container: InputContainer, size_bytes: int) -> float:
    timed = container.streams.audio or container.streams.video
    if not timed:
        return 0.0
    stream: Stream = timed[0]
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    length = _PacketLength(stream)
    deadline = time.monotonic() + _SCAN_SECONDS
    try:
        for number, packet in enumerate(container.demux(stream)):
            length.add(packet)
            if number % 1024 == 0 and time.monotonic() > deadline and length.position:
                return length.seconds * size_bytes / length.position
    except av.FFmpegError:
        # A damaged end: what was read until there still counts.
        return length.seconds
    return length.seconds


class _PacketLength:
    """The time that a stream's packets span, by their timestamps or else by their durations."""

    def __init__(self, stream: Stream) -> None:
        self._time_base = float(stream.time_base or 0)
        self._first: int | None = None
        self._end = 0
        self._sum = 0
        self.position = 0

    def add(self, packet: "Packet[Stream]") -> None:
        duration = packet.duration or 0
        self._sum += duration
        if packet.pos is not None and packet.pos > 0:
            self.position = packet.pos + packet.size
        if packet.pts is not None:
            self._first = packet.pts if self._first is None else min(self._first, packet.pts)
            self._end = max(self._end, packet.pts + duration)

    @property
    def seconds(self) -> float:
        if self._first is None:
            return self._sum * self._time_base
        # A player's clock starts with the recording, not with the clock of the camera.
        return max(self._end - self._first, self._sum) * self._time_base
