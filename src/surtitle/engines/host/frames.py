"""Frames on a stream socket: four bytes of length, big-endian, then as many bytes of JSON."""

import asyncio
import socket
import struct

LENGTH = struct.Struct(">I")
# Small buffers are the back-pressure: the child runs a few windows ahead of its reader, not an hour.
BUFFER_BYTES = 16 * 1024


def frame(body: bytes) -> bytes:
    """`body` with its length before it."""
    return LENGTH.pack(len(body)) + body


def channel() -> tuple[socket.socket, socket.socket]:
    """Two ends of a channel, both with small buffers."""
    ends = socket.socketpair()
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    return ends


def receive_blocking(end: socket.socket) -> bytes | None:
    """The body of the next frame, None once the other side has closed."""
    head = _exactly(end, LENGTH.size)
    return None if head is None else _exactly(end, LENGTH.unpack(head)[0])


def _exactly(end: socket.socket, count: int) -> bytes | None:
    body = bytearray()
    while len(body) < count:
        piece = end.recv(count - len(body))
        if not piece:
            return None
        body += piece
    return bytes(body)


async def receive(reader: asyncio.StreamReader) -> bytes | None:
    """As `receive_blocking`, for the host's side."""
    try:
        head = await reader.readexactly(LENGTH.size)
        return await reader.readexactly(LENGTH.unpack(head)[0])
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
