"""The headers of one part of a form, and the name of the file in it."""

from email.message import Message
from urllib.parse import unquote_to_bytes

from python_multipart.multipart import parse_options_header

from surtitle.media.errors import MalformedUpload

_PLAIN_ENCODINGS = frozenset({"", "7bit", "8bit", "binary"})


class PartHeaders:
    """Gathers header lines, which arrive in pieces; the properties hold once the lines have ended."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}
        self._name = bytearray()
        self._value = bytearray()
        self.name = ""
        self.filename: str | None = None

    @property
    def content_type(self) -> str | None:
        return self._lines.get("content-type")

    def add_name(self, piece: bytes) -> None:
        self._name += piece

    def add_value(self, piece: bytes) -> None:
        self._value += piece

    def end_line(self) -> None:
        # Latin-1 keeps every byte; the file's name is decoded as what it is later.
        self._lines[self._name.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._name.clear()
        self._value.clear()

    def check(self) -> None:
        """Read the lines that matter. Raises `MalformedUpload` for a part that is no form field."""
        disposition = self._lines.get("content-disposition", "")
        kind, options = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in options:
            raise MalformedUpload(
                "A part of the form has no name. Let an HTTP client's own form support write it."
            )
        if self._lines.get("content-transfer-encoding", "").strip().lower() not in _PLAIN_ENCODINGS:
            raise MalformedUpload(
                "A part of the form is encoded (Content-Transfer-Encoding); send plain bytes."
            )
        self.name = _decoded(options[b"name"])
        self.filename = _extended_filename(disposition) or _plain_filename(options.get(b"filename"))


def _plain_filename(raw: bytes | None) -> str | None:
    """As browsers write it: UTF-8, with quotes and line breaks percent-encoded (WHATWG HTML, 4.10.22.8)."""
    if raw is None:
        return None
    for escape, character in ((b"%22", b'"'), (b"%0D", b"\r"), (b"%0A", b"\n")):
        raw = raw.replace(escape, character)
    return _decoded(raw)


def _extended_filename(disposition: str) -> str | None:
    """`filename*=UTF-8''na%C3%AFve.mp4` (RFC 5987), which RFC 7578 forbids here and some clients send."""
    if "filename*" not in disposition.lower():
        return None
    message = Message()
    message["Content-Disposition"] = disposition
    for key, value in message.get_params(failobj=[], header="content-disposition", unquote=True):
        if key.lower() == "filename" and isinstance(value, tuple):
            charset, _language, text = value
            return _in_charset(text, charset)
    return None


def _in_charset(text: str, charset: str | None) -> str:
    raw = unquote_to_bytes(text) if "%" in text else text.encode("latin-1", errors="replace")
    try:
        return raw.decode(charset or "utf-8", errors="replace")
    except LookupError:
        return _decoded(raw)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
