"""What a person takes along: whole, safe to unpack, and made in the memory of one piece."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete
from tests.accounts.belongings import EMAIL, SECRET_WORD, settled, transcribed
from tests.api.installation import Installation, wav
from tests.api.people import Somebody, person

from surtitle.accounts.access import ProjectRole
from surtitle.accounts.export import csv_line
from surtitle.accounts.zip_stream import ZipStream, zip_name
from surtitle.db.account_models import Membership
from surtitle.media.service import source_key

HOSTILE = (
    "../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a\x00b.wav", "CON", "x" * 10_000 + ".wav",
    "\u202egpj.exe", "name\r\nSet-Cookie: a=b", "  . .", "{{7*7}}';--.wav", "🎬" * 300,
)  # fmt: skip


async def taken(api: Installation, user_id: UUID | None) -> zipfile.ZipFile:
    assert user_id is not None
    pieces = await api.services.data_protection.export.begin(user_id)
    return zipfile.ZipFile(io.BytesIO(b"".join([piece async for piece in pieces])))


async def test_an_export_holds_all_that_the_person_made(exposed: Installation) -> None:
    belongings = await settled(exposed)
    whole = await taken(exposed, belongings.zuzanna.id)
    assert whole.testzip() is None
    names = whole.namelist()
    folders = [PurePosixPath(name).parts[0] for name in names]
    assert {folder: folders.count(folder) for folder in ("recordings", "transcripts", "jobs")} == {
        "recordings": 4, "transcripts": 4, "jobs": 6,
    }  # fmt: skip
    assert json.loads(whole.read("account.json"))["email"] == EMAIL
    assert len(json.loads(whole.read("projects.json"))) == 2
    assert json.loads(whole.read("keys.json"))[0]["name"] == f"{SECRET_WORD} key"
    recording = next(name for name in names if name.endswith(".wav"))
    assert whole.read(recording) == wav()
    text = next(name for name in names if name.startswith("transcripts/") and name.endswith(".txt"))
    assert SECRET_WORD in whole.read(text).decode()
    assert len(list(csv.reader(io.StringIO(whole.read("usage.csv").decode())))) > 3
    actions = [json.loads(line)["action"] for line in whole.read("audit.jsonl").splitlines()]
    assert "recording.uploaded" in actions


async def test_an_export_holds_no_secret_and_nothing_of_others(exposed: Installation) -> None:
    belongings = await settled(exposed)
    bob, zuzanna = belongings.bob, belongings.zuzanna
    role = await bob.asks("PUT", f"{bob.home}/members/{zuzanna.id}", json={"role": "viewer"})
    assert role.status_code == 200, role.text
    whole = await taken(exposed, belongings.zuzanna.id)
    everything = b"".join(whole.read(name) for name in whole.namelist()).decode(errors="replace")
    for secret in ("password_hash", "key_hash", "totp_sealed", "token_hash", "bob@example.org", "plumber"):
        assert secret not in everything, secret
    deeds = [json.loads(line) for line in whole.read("audit.jsonl").splitlines()]
    done_to_her = [deed for deed in deeds if deed["actor"]["id"] != str(zuzanna.id)]
    assert "member.role-changed" in {deed["action"] for deed in done_to_her}
    assert {deed["address"] for deed in done_to_her} == {None}


async def test_how_somebody_else_sounds_is_in_no_export(exposed: Installation) -> None:
    belongings = await settled(exposed)

    async def told(user_id: UUID | None) -> list[dict[str, Any]]:
        whole = await taken(exposed, user_id)
        return [json.loads(whole.read(name)) for name in whole.namelist() if name.startswith("voices/")]

    own, *others = sorted(await told(belongings.zuzanna.id), key=lambda voice: not voice["own_voice"])
    assert (own["clips"][0]["embedding"], own["consents"][0]["given_by"]) == ("0000803f", SECRET_WORD)
    assert [set(other) for other in others] == [
        {"id", "project_id", "created_at", "updated_at", "own_voice"}
    ] * 2
    (of_bob,) = await told(belongings.bob.id)
    assert not of_bob["own_voice"]
    there = Membership.project_id == belongings.bob.project_id, Membership.user_id == belongings.zuzanna.id
    async with exposed.services.database.writing() as session:
        await session.execute(delete(Membership).where(*there))
    left = {voice["id"]: voice["own_voice"] for voice in await told(belongings.zuzanna.id)}
    assert sorted(left.values()) == [False, True], "of a project that she left, her own voice only"
    assert own["id"] in left


async def test_of_a_project_that_was_left_goes_along_what_the_person_brought_and_wrote(
    exposed: Installation,
) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    assert ana.id is not None
    async with exposed.services.database.writing() as session:
        session.add(Membership(project_id=bob.project_id, user_id=ana.id, role=ProjectRole.EDITOR))
    exposed.services.authenticator.forget_everybody()
    there = {"X-Surtitle-Project": str(bob.project_id)}
    heard, edited = [await transcribed(exposed, ana, there) for _ in range(2)]

    async def edit(who: Somebody, transcript: str, base: int, text: str) -> None:
        wish = {
            "base_revision": base, "operations": [{"op": "change_word", "word": "w1", "text": text}]
        }  # fmt: skip
        answer = await who.asks("POST", f"/api/transcripts/{transcript}/revisions", json=wish)
        assert answer.status_code == 201, answer.text

    await edit(ana, edited["transcript"], 1, "Hers")
    assert (await bob.asks("DELETE", f"{bob.home}/members/{ana.id}")).status_code == 204
    await edit(bob, edited["transcript"], 2, "Theirs")
    await edit(bob, heard["transcript"], 1, "Theirs")
    whole = await taken(exposed, ana.id)
    names = whole.namelist()
    texts = [whole.read(name).decode() for name in names if name.startswith("transcripts/")]
    assert [edited["transcript"] in name for name in names if name.startswith("transcripts/")] == [True, True]
    assert all("Hers" in text and "Theirs" not in text for text in texts)
    of_jobs = {f"jobs/{made['job']}/job.json" for made in (heard, edited)}
    assert {name for name in names if name.startswith("jobs/")} == of_jobs
    assert sum(name.startswith("recordings/") for name in names) == 4


async def test_the_same_library_gives_the_same_bytes(exposed: Installation) -> None:
    ana = await person(exposed)
    await transcribed(exposed, ana)
    export = exposed.services.data_protection.export
    assert ana.id is not None
    first, second = [b"".join([piece async for piece in await export.begin(ana.id)]) for _ in range(2)]
    assert first == second


async def test_what_is_gone_from_the_store_is_told_and_stops_nothing(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    await exposed.services.store.delete(source_key(made["media"]))
    whole = await taken(exposed, ana.id)
    assert made["media"] in whole.read("missing.txt").decode()
    assert f"jobs/{made['job']}/job.json" in whole.namelist()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_made_safe(name: str) -> None:
    safe = zip_name(name)
    assert "/" not in safe
    assert "\\" not in safe
    assert safe.isprintable()
    assert 0 < len(safe.encode()) <= 180
    assert safe.strip(". ") != ""


async def test_files_above_the_old_limit_are_announced_as_such() -> None:
    zipped = ZipStream()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"few"

    made_at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    added = zipped.file("large.wav", made_at, pieces(), size_bytes=5 * 1024**3, packed=False)
    data = b"".join([piece async for piece in added]) + zipped.end()
    whole = zipfile.ZipFile(io.BytesIO(data))
    assert whole.read("large.wav") == b"few"
    # PKWARE APPNOTE 4.4.3: version 4.5 is needed for Zip64.
    assert whole.getinfo("large.wav").extract_version == 45


async def test_a_large_file_is_sent_while_it_is_read() -> None:
    zipped, waiting = ZipStream(), []

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(64):
            waiting.append(zipped._outlet.waiting_bytes)
            yield b"\0" * 1024**2

    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    sent = [
        len(piece)
        async for piece in zipped.file("a", made_at, pieces(), size_bytes=64 * 1024**2, packed=False)
    ]
    assert sum(sent) > 64 * 1024**2
    assert max(waiting) < 1024**2


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert next(csv.reader(io.StringIO(csv_line([cell]).decode(), newline="")))[0].startswith("'")


def test_numbers_stay_numbers_in_csv() -> None:
    assert csv_line([-1.5, 3, None]) == b"-1.5,3,\r\n"
