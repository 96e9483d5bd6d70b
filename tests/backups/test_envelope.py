"""How files of a backup are wrapped: nothing of them can be changed, moved or left off unnoticed."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from tests.backups.kept import KEY, OTHER_KEY

from surtitle.backups.envelope import HEAD_BYTES, PIECE_BYTES, content_size, unwrapped, wrapped, wrapped_size
from surtitle.backups.errors import BackupDamaged, KeyMissing
from surtitle.backups.keys import BackupKey, KeyRing, new_key
from surtitle.errors import Invalid

KEYS = KeyRing(BackupKey.of(SecretStr(KEY)))
SIZES = [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 3 * PIECE_BYTES + 5]


async def pieces(data: bytes, size: int = 300_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def sealed(data: bytes, name: str = "rows/x", key: BackupKey | None = KEYS.key) -> bytes:
    return b"".join([piece async for piece in wrapped(name, pieces(data), key)])


async def opened(data: bytes, name: str = "rows/x", keys: KeyRing = KEYS) -> bytes:
    return b"".join([piece async for piece in unwrapped(name, pieces(data, 70_001), keys)])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", [KEYS.key, None], ids=["sealed", "plain"])
async def test_what_goes_in_comes_out(size: int, key: BackupKey | None) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    file = await sealed(data, key=key)
    assert len(file) == wrapped_size(size, sealed=key is not None)
    assert content_size(len(file), sealed=key is not None) == size
    assert await opened(file) == data


async def test_no_piece_can_be_changed_swapped_left_off_or_added() -> None:
    file = await sealed(b"a" * PIECE_BYTES + b"b" * PIECE_BYTES + b"c")
    first, second = HEAD_BYTES + PIECE_BYTES + 16, HEAD_BYTES + 2 * (PIECE_BYTES + 16)
    swapped = file[:HEAD_BYTES] + file[first:second] + file[HEAD_BYTES:first] + file[second:]
    changed = [
        file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :] for place in (10, 20, 60, first, -1)
    ]
    for other in (
        swapped,
        file[:second],
        file[:first],
        file[:-1],
        file + b"x",
        file[:HEAD_BYTES],
        b"",
        *changed,
    ):
        with pytest.raises((BackupDamaged, KeyMissing)):
            await opened(other)


async def test_a_file_cannot_stand_for_another() -> None:
    for key in (KEYS.key, None):
        with pytest.raises(BackupDamaged):
            await opened(await sealed(b"yesterday's", "rows/monday", key), "rows/tuesday")


async def test_another_key_opens_nothing_and_is_named() -> None:
    other = BackupKey.of(SecretStr(OTHER_KEY))
    assert KEYS.key is not None
    with pytest.raises(KeyMissing, match=KEYS.key.id.hex()):
        await opened(await sealed(b"secret"), keys=KeyRing(other))
    assert await opened(await sealed(b"secret"), keys=KeyRing(other, (KEYS.key,))) == b"secret"


async def test_a_file_of_a_later_format_says_so() -> None:
    file = bytearray(await sealed(b"new"))
    file[6] = 2
    with pytest.raises(Invalid, match="newer Surtitle"):
        await opened(bytes(file))


def test_a_key_is_known_by_its_mark_and_shown_nowhere() -> None:
    key = BackupKey.of(SecretStr(new_key()))
    assert key.master.hex() not in repr(key)
    assert len(key.id) == 8
    with pytest.raises(Invalid, match="surtitle backup key"):
        BackupKey.of(SecretStr("hunter2"))
