import hashlib
import random
from pathlib import Path

import pytest

from surtitle.accounts.breached import has_leaked
from surtitle.accounts.errors import PasswordsBusy, WeakPassword
from surtitle.accounts.passwords import MOST_CHARACTERS, Passwords
from surtitle.config import AccountSettings
from surtitle.errors import Unavailable

EMAIL = "ada.lovelace@example.org"
GOOD = "a sentence of some length"


def passwords(**settings: object) -> Passwords:
    return Passwords(
        AccountSettings.model_validate({"password_passes": 1, "password_memory_kib": 8, **settings})
    )


def listed(folder: Path, *leaked: str, lines: int = 500) -> Path:
    """A file as Have I Been Pwned's downloader writes it, with these passwords among others."""
    others = [random.Random(number).randbytes(20).hex() for number in range(lines)]
    hashes = [hashlib.sha1(password.encode()).hexdigest() for password in leaked]
    file = folder / "pwned.txt"
    file.write_bytes(b"".join(f"{one.upper()}:{len(one)}\r\n".encode() for one in sorted([*others, *hashes])))
    return file


async def test_a_password_is_right_for_its_own_hash_alone() -> None:
    desk = passwords()
    hashed = await desk.chosen(GOOD, EMAIL)
    assert hashed.startswith("$argon2id$")
    assert (await desk.verified(GOOD, hashed)).right
    assert not (await desk.verified(GOOD + " ", hashed)).right
    assert not (await desk.verified(GOOD, await desk.chosen("another sentence", EMAIL))).right


async def test_nobodys_password_is_checked_and_never_right() -> None:
    desk = passwords()
    checked: list[str] = []
    check = desk._argon2.verify_and_update
    desk._argon2.verify_and_update = lambda *given: checked.append(str(given[1])) or check(*given)  # type: ignore[func-returns-value,method-assign]

    assert not (await desk.verified(GOOD, None)).right
    assert len(checked) == 1
    assert checked[0].rpartition("$")[0].startswith("$argon2id$v=19$m=8,t=1,p=1$")


async def test_letters_may_be_composed_by_the_keyboard_or_not() -> None:
    desk = passwords()
    hashed = await desk.chosen("caf\u00e9 au lait", EMAIL)
    assert (await desk.verified("cafe\u0301 au lait", hashed)).right


async def test_half_a_character_is_a_wrong_password_and_no_fault() -> None:
    desk = passwords()
    assert not (await desk.verified("\ud800", await desk.chosen(GOOD, EMAIL))).right


async def test_a_hash_with_older_parameters_is_replaced() -> None:
    older, newer = passwords(), passwords(password_passes=2)
    hashed = await older.chosen(GOOD, EMAIL)
    assert (await older.verified(GOOD, hashed)).better_hash is None
    better = (await newer.verified(GOOD, hashed)).better_hash
    assert better is not None
    assert ",t=2," in better
    assert (await newer.verified("wrong", hashed)).better_hash is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "fewer than 8"),
        ("x" * (MOST_CHARACTERS + 1), "more than 128"),
        ("Password123", "commonest"),
        ("qwertyuiop", "commonest"),
        (EMAIL.upper(), "the e-mail"),
        ("ada.lovelace", "the e-mail"),
    ],
)
async def test_a_weak_password_is_refused_with_why_and_without_itself(password: str, why: str) -> None:
    with pytest.raises(WeakPassword, match=why) as refusal:
        await passwords().chosen(password, EMAIL)
    assert password not in refusal.value.message


async def test_the_shortest_password_is_a_setting() -> None:
    with pytest.raises(WeakPassword, match="fewer than 15"):
        await passwords(password_min_length=15).chosen("fourteen chars", EMAIL)
    assert await passwords(password_min_length=15).chosen("fifteen letters", EMAIL)


async def test_a_password_that_has_leaked_is_refused(tmp_path: Path) -> None:
    desk = passwords(breached_passwords=listed(tmp_path, "correct horse battery"))
    with pytest.raises(WeakPassword, match="leaked"):
        await desk.chosen("correct horse battery", EMAIL)
    assert await desk.chosen("incorrect horse battery", EMAIL)


@pytest.mark.parametrize("lines", [0, 1, 2, 7, 500])
def test_every_line_of_the_list_is_found_and_nothing_else(tmp_path: Path, lines: int) -> None:
    leaked = [f"password number {number}" for number in range(40)]
    file = listed(tmp_path, *leaked, lines=lines)
    assert all(has_leaked(password, file) for password in leaked)
    assert not any(has_leaked(f"sentence number {number}", file) for number in range(200))


def test_an_empty_list_lists_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    assert not has_leaked(GOOD, tmp_path / "empty.txt")


async def test_without_the_list_that_is_set_no_password_is_taken(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="SURTITLE_ACCOUNTS__BREACHED_PASSWORDS"):
        await passwords(breached_passwords=tmp_path / "missing.txt").chosen(GOOD, EMAIL)


async def test_a_crowd_is_told_to_come_back() -> None:
    desk = passwords()
    desk._waiting = 10_000
    with pytest.raises(PasswordsBusy):
        await desk.verified(GOOD, None)
