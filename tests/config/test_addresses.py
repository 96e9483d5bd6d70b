import pytest
from pydantic import SecretStr

from surtitle.config.addresses import HIDDEN, place_of
from surtitle.config.origins import shown

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:pa/{SECRET}@h:6379/0",
        f"redis://:1234/{SECRET}@h:6379/0",
        f"redis://:1234#{SECRET}@h:6379/0",
        f"postgresql://me:1234?{SECRET}@h/notes",
        f"postgresql://me:{SECRET}/1234@h/notes",
        f"postgresql://me:{SECRET}[@h/notes",
        f"redis://me:{SECRET}",
        f"redis://{SECRET}@h",
        f'["https://me:{SECRET}@h"]',
        f"https://h/?key={SECRET}",
        f"https://h/#{SECRET}",
    ],
)
def test_no_piece_of_a_password_is_shown(url: str) -> None:
    assert SECRET not in shown(SecretStr(url))
    assert SECRET not in shown(url)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://me@db:5432/notes", "postgresql://me@db:5432/notes"),
        ("postgresql+asyncpg://me:secret@a:1,b:2/notes", f"postgresql+asyncpg://me:{HIDDEN}@a:1,b:2/notes"),
        ("redis://me:p@ss@[::1]:6379/0", f"redis://me:{HIDDEN}@[::1]:6379/0"),
        ("s3://bucket/prefix", "s3://bucket/prefix"),
        ("Surtitle <surtitle@example.org>", "Surtitle <surtitle@example.org>"),
    ],
)
def test_what_is_no_secret_is_shown(url: str, told: str) -> None:
    assert shown(url) == told


def test_a_place_is_told_only_where_it_surely_is_one() -> None:
    assert place_of("postgresql://me:secret@db:5432/notes") == "db:5432"
    assert place_of("postgresql:///notes") == ""
    assert place_of("postgresql://me:1234/secret@db/notes") is None
    assert place_of("postgresql://me:secret/1234@db/notes") is None
