import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from tests.media.streams import body, broken_body

from surtitle.media.errors import MalformedUpload
from surtitle.media.multipart import FilePart, Form, receive_multipart

TYPE = 'multipart/form-data; boundary="xYz"'


def part(headers: str, content: bytes = b"") -> bytes:
    return b"--xYz\r\n" + headers.encode() + b"\r\n\r\n" + content + b"\r\n"


def text(name: str, value: str) -> bytes:
    return part(f'Content-Disposition: form-data; name="{name}"', value.encode())


def file(content: bytes, filename: str = "talk.mp4", name: str = "file") -> bytes:
    return part(
        f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: video/mp4',
        content,
    )


END = b"--xYz--\r\n"


class Kept:
    """A reader that keeps the file only when the form ends well, as the object store does."""

    def __init__(self) -> None:
        self.content: bytes | None = None
        self.filename = ""
        self.fields: list[tuple[str, str]] = []

    async def __call__(self, upload: FilePart) -> int:
        gathered = b"".join([chunk async for chunk in upload.chunks])
        self.content, self.filename, self.fields = gathered, upload.filename, list(upload.fields)
        return len(gathered)


async def received(data: bytes, kept: Kept, size: int = 1000, content_type: str | None = TYPE) -> Form[int]:
    return await receive_multipart(body(data, size), content_type, on_file=kept)


async def test_a_file_and_the_fields_around_it_arrive() -> None:
    kept = Kept()
    form = await received(text("a", "1") + file(b"sound") + text("b", "é") + text("b", "2") + END, kept)
    assert form.result == 5
    assert kept.content == b"sound"
    assert form.fields == (("a", "1"), ("b", "é"), ("b", "2")) == tuple(kept.fields)
    assert form.value("b") == "2"
    assert form.value("c") is None


@pytest.mark.parametrize("seed", range(60))
async def test_however_the_body_is_cut_into_pieces_the_same_file_arrives(seed: int) -> None:
    chance = random.Random(seed)
    # Content that is full of beginnings of the boundary.
    bits = [b"\r\n", b"--xYz", b"\r\n--xY", b"\r\n--x", b"-", b"\r", bytes(range(256)), b"z"]
    content = b"".join(chance.choice(bits) for _ in range(chance.randrange(200)))
    while b"--xYz" in content:
        # A client picks a boundary that its content does not hold.
        content = content.replace(b"--xYz", b"--xY")
    before, after = chance.randbytes(9).hex(), chance.randbytes(9).hex()
    data = text("before", before) + file(content) + text("after", after) + END

    async def pieces() -> AsyncIterator[bytes]:
        start = 0
        while start < len(data):
            size = chance.choice([0, 1, 2, 7, 50, 3000])
            yield data[start : start + size]
            start += size

    kept = Kept()
    form = await receive_multipart(pieces(), TYPE, on_file=kept)
    assert kept.content == content
    assert form.fields == (("before", before), ("after", after))


@pytest.mark.parametrize("seed", range(40))
async def test_a_body_cut_off_anywhere_keeps_nothing(seed: int) -> None:
    data = text("a", "1") + file(bytes(3000)) + text("b", "2") + END
    kept = Kept()
    # The last line break may be missing: the form is whole without it.
    with pytest.raises(MalformedUpload):
        await received(data[: random.Random(seed).randrange(len(data) - 3)], kept, 100)
    assert kept.content is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "ended before its form did"),
        (END, "no file"),
        (text("a", "1") + END, "no file"),
        (text("file", "sound") + END, "is text"),
        (file(b"1") + file(b"2") + END, "more than one file"),
        (file(b"1", name="other") + END, "belongs in `file`"),
        (file(b"1") + file(b"2", name="other") + END, "belongs in `file`"),
        (text("a", "x" * 70_000) + file(b"1") + END, "longer than 65536 bytes"),
        (b"".join(text(str(n), "") for n in range(70)) + file(b"1") + END, "more than 64 fields"),
        (file(b"1") + b"".join(text(str(n), "") for n in range(70)) + END, "more than 64 fields"),
        (part("Content-Disposition: attachment", b"1") + END, "no name"),
        (part("X-Nothing: here", b"1") + END, "no name"),
        (part("bad header\0: x", b"1") + END, "cannot be read"),
        (part("X: " + "y" * 100_000, b"1") + END, "cannot be read"),
        (b"garbage" + file(b"1") + END, "cannot be read"),
        (file(b"1") + END + bytes(200_000), "goes on after the end"),
        (file(b"1").replace(b"video/mp4", b"x/y\r\nContent-Transfer-Encoding: base64") + END, "encoded"),
    ],
)  # fmt: skip
async def test_a_bad_form_is_refused_and_nothing_is_kept(data: bytes, reason: str) -> None:
    kept = Kept()
    with pytest.raises(MalformedUpload, match=reason):
        await received(data, kept)
    assert kept.content is None


async def test_fields_that_may_be_larger_share_their_room() -> None:
    larger = {"sample": 100_000}

    async def taken(*sizes: int) -> Form[int]:
        fields = b"".join(text("sample", "x" * size) for size in sizes)
        return await receive_multipart(
            body(fields + file(b"1") + END, 1000), TYPE, on_file=Kept(), larger_fields=larger
        )

    for _ in range(2):
        assert len((await taken(70_000, 30_000)).fields) == 2
    with pytest.raises(MalformedUpload, match="'sample' is longer than 30000 bytes"):
        await taken(70_000, 30_001)


@pytest.mark.parametrize(
    "content_type",
    [None, "", "application/json", "multipart/form-data", "multipart/form-data; boundary=",
     "multipart/form-data; boundary=" + "x" * 500, "multipart/mixed; boundary=xYz"],
)  # fmt: skip
async def test_a_request_that_is_no_form_is_refused(content_type: str | None) -> None:
    with pytest.raises(MalformedUpload):
        await received(file(b"1") + END, Kept(), content_type=content_type)


async def test_a_client_that_goes_away_keeps_nothing() -> None:
    kept = Kept()
    with pytest.raises(ConnectionResetError):
        await receive_multipart(broken_body(file(b"half")[:-10]), TYPE, on_file=kept)
    assert kept.content is None


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('filename="na\u00efve.mp4"', "naïve.mp4"),
        ("filename=\"x.mp4\"; filename*=UTF-8''na%C3%AFve%20talk.mp4", "naïve talk.mp4"),
        ("filename*=iso-8859-1'en'%A3.mp4", "£.mp4"),
        ("filename*=no-such-charset''a.mp4", "a.mp4"),
        ('filename="say %22hi%22%0A.mp4"', 'say "hi"\n.mp4'),
        ('filename="C:\\\\films\\\\a.mp4"', "C:\\films\\a.mp4"),
        ('filename=""', ""),
        ("filename=plain.mp4", "plain.mp4"),
    ],
)
async def test_file_names_come_in_every_spelling(disposition: str, name: str) -> None:
    kept = Kept()
    await received(part(f'Content-Disposition: form-data; name="file"; {disposition}', b"1") + END, kept)
    assert kept.filename in {name, name.rsplit("\\", 1)[-1]}


async def test_no_more_is_taken_from_the_client_than_the_reader_has_room_for() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield file(b"")[:-2]
        while True:
            sent += 1
            yield bytes(1000)

    async def slow(upload: FilePart) -> None:
        async for _chunk in upload.chunks:
            await asyncio.sleep(0)
            if sent >= 50:
                return

    await receive_multipart(endless(), TYPE, on_file=slow)
    assert sent == 50
