"""A multipart/form-data body read as it arrives: the file goes on to its reader piece by piece.

Nothing is spooled, and nothing is held but the small fields. The reader pulls: while it writes one
piece, no further byte is taken from the client.
"""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from surtitle.media.errors import MalformedUpload
from surtitle.media.partheaders import PartHeaders

T = TypeVar("T")

MAX_FIELDS = 64
MAX_FIELD_BYTES = 64 * 1024
_MAX_EPILOGUE_BYTES = 64 * 1024


@dataclass
class FilePart:
    """The file in a form. `fields` are complete only once `chunks` has ended: some follow the file."""

    filename: str
    content_type: str | None
    chunks: AsyncIterator[bytes]
    fields: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """What a form held: what the file's reader returned, and the other fields in their order."""

    result: T
    fields: tuple[tuple[str, str], ...]

    def value(self, name: str) -> str | None:
        """The last value of a field, or None."""
        return next((value for key, value in reversed(self.fields) if key == name), None)


async def receive_multipart(
    stream: AsyncIterable[bytes],
    content_type_header: str | None,
    *,
    on_file: Callable[[FilePart], Awaitable[T]],
    file_field: str = "file",
    max_field_bytes: int = MAX_FIELD_BYTES,
    larger_fields: Mapping[str, int] | None = None,
) -> Form[T]:
    """Read one form with one file in the field `file_field`, and hand the file to `on_file`.

    `larger_fields`: by name, the bytes that all fields of that name may have together, instead of
    `max_field_bytes` each.

    The file's `chunks` end only when the whole body was read and found sound. Until then an error
    (a body cut short, a second file, a broken boundary) is raised inside them, so that a reader which
    keeps nothing before their end keeps nothing of a bad form. Raises `MalformedUpload`.
    """
    room = _FieldRoom(max_field_bytes, dict(larger_fields or {}))
    reader = _FormReader(stream, _boundary(content_type_header), file_field, room)
    headers = await reader.find_file()
    part = FilePart(headers.filename or "", headers.content_type, reader.file_chunks(), reader.fields)
    result = await on_file(part)
    # A reader that gave up early has returned on purpose; the rest of the body is not its business.
    return Form(result, tuple(reader.fields))


def _boundary(content_type_header: str | None) -> bytes:
    kind, options = parse_options_header(content_type_header)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise MalformedUpload(
            "The request is not multipart/form-data with a boundary. Send the recording as a form's field "
            "`file`, as `curl -F file=@talk.mp4` does, and let the client write the Content-Type."
        )
    return boundary


@dataclass
class _Part:
    """The part that the parser is in."""

    headers: PartHeaders = field(default_factory=PartHeaders)
    value: bytearray = field(default_factory=bytearray)
    is_file: bool = False


@dataclass
class _FieldRoom:
    """How many bytes fields may have. What a field of a name in `together` takes, the next has no more."""

    each_bytes: int
    together: dict[str, int]

    def of(self, name: str) -> int:
        return self.together.get(name, self.each_bytes)

    def take(self, name: str, size_bytes: int) -> None:
        if name in self.together:
            self.together[name] -= size_bytes


class _FormReader:
    """Drives the parser with the body's pieces, and sorts what it finds."""

    def __init__(
        self, stream: AsyncIterable[bytes], boundary: bytes, file_field: str, room: _FieldRoom
    ) -> None:
        self.fields: list[tuple[str, str]] = []
        self._stream = aiter(stream)
        self._file_field = file_field
        self._room = room
        self._part = _Part()
        self._file: PartHeaders | None = None
        self._pieces: list[bytes] = []
        self._ended = False
        self._parser = _parser(self, boundary)

    async def find_file(self) -> PartHeaders:
        """Read on until the file's part begins."""
        while self._file is None:
            if self._ended:
                raise MalformedUpload(
                    f"The form has no file in the field `{self._file_field}`. Attach the recording there."
                )
            await self._read_on()
        return self._file

    async def file_chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes; the end means that the whole form is sound."""
        while True:
            pieces, self._pieces = self._pieces, []
            for piece in pieces:
                yield piece
            if self._ended:
                break
            await self._read_on()
        await self._drain()

    async def _read_on(self) -> None:
        data = await self._next()
        if data is None:
            raise MalformedUpload(
                "The request ended before its form did: the connection broke on the way. Send it again."
            )
        self._parse(data)

    async def _drain(self) -> None:
        """Take what follows the form, so that the connection stays usable; standards allow a little."""
        left = _MAX_EPILOGUE_BYTES
        while (data := await self._next()) is not None:
            left -= len(data)
            if left < 0:
                raise MalformedUpload(
                    "The request goes on after the end of its form. Send one form a request."
                )

    async def _next(self) -> bytes | None:
        return await anext(self._stream, None)

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise MalformedUpload(
                f"The form cannot be read ({error}). Let an HTTP client's own form support write it."
            ) from error

    # What the parser calls, in the order of the body.

    def on_part_begin(self) -> None:
        self._part = _Part()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._part.headers.add_name(data[start:end])

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.headers.add_value(data[start:end])

    def on_header_end(self) -> None:
        self._part.headers.end_line()

    def on_headers_finished(self) -> None:
        headers = self._part.headers
        headers.check()
        if headers.filename is None:
            if headers.name == self._file_field:
                raise MalformedUpload(
                    f"The field `{self._file_field}` is text; attach the recording as a file."
                )
            return
        if headers.name != self._file_field:
            raise MalformedUpload(
                f"The form has a file in the field {headers.name[:60]!r}; it belongs in `{self._file_field}`."
            )
        if self._file is not None:
            raise MalformedUpload("The form has more than one file. Send one recording a request.")
        self._part.is_file = True
        self._file = headers

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._part.is_file:
            self._pieces.append(bytes(data[start:end]))
            return
        self._part.value += data[start:end]
        name = self._part.headers.name
        if len(self._part.value) > self._room.of(name):
            raise MalformedUpload(
                f"The field {name[:60]!r} is longer than {self._room.of(name)} bytes. Send the recording as "
                "a file, not as text."
            )

    def on_part_end(self) -> None:
        if self._part.is_file:
            return
        if len(self.fields) >= MAX_FIELDS:
            raise MalformedUpload(
                f"The form has more than {MAX_FIELDS} fields. Leave out those that are not needed."
            )
        name = self._part.headers.name
        self._room.take(name, len(self._part.value))
        self.fields.append((name, self._part.value.decode(errors="replace")))

    def on_end(self) -> None:
        self._ended = True


def _parser(reader: _FormReader, boundary: bytes) -> MultipartParser:
    try:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": reader.on_part_begin,
                "on_header_field": reader.on_header_field,
                "on_header_value": reader.on_header_value,
                "on_header_end": reader.on_header_end,
                "on_headers_finished": reader.on_headers_finished,
                "on_part_data": reader.on_part_data,
                "on_part_end": reader.on_part_end,
                "on_end": reader.on_end,
            },
        )
    except FormParserError as error:
        raise MalformedUpload(f"The form's boundary cannot be used ({error}).") from error
