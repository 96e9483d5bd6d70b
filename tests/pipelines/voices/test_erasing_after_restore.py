"""A backup brings erased voices back; the restore does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.pipelines.voices.conftest import ANA, BEN, TALK, Choir, left_of

from surtitle.accounts.voice_erasure_list import VoiceErasureList
from surtitle.api.app import create_app
from surtitle.backups.place import BackupPlace
from surtitle.bootstrap.api import services_of
from surtitle.bootstrap.backups import backup_place, create_backup, restore_backup
from surtitle.bootstrap.installation import opened
from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.voice_models import KnownVoice

NAME = "Zuzanna Quill"
Story = tuple[BackupPlace, str, dict[str, Any], dict[str, Any]]


@pytest.fixture
async def erased_since(choir: Choir, tmp_path: Path) -> Story:
    """A backup from before a voice was erased, its name, that voice, and a meeting in which it was named; a
    later backup knows of it.
    """
    place = backup_place(choir.parts.settings, f"file://{tmp_path / 'backups'}", unencrypted=True)
    voice = await choir.enrols(NAME, ANA)
    meeting = await choir.meets(*TALK)
    assert await choir.speakers(meeting) == [NAME, "speaker_2"]
    before = await create_backup(choir.parts, place)
    assert (await choir.asks("DELETE", f"/api/voices/{voice['id']}"))["finished"]
    await create_backup(choir.parts, place)
    return place, before.manifest.name, voice, meeting


@asynccontextmanager
async def another(settings: Settings) -> AsyncIterator[Choir]:
    async with opened(settings) as parts:
        transport = httpx.ASGITransport(app=create_app(services_of(parts)))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield Choir(parts, client)


async def test_an_erased_voice_stays_erased(erased_since: Story, tmp_path: Path) -> None:
    place, name, voice, meeting = erased_since
    target = Settings(data_dir=tmp_path / "target", _env_file=None)
    await restore_backup(target, place, name, print, replace=False)
    async with another(target) as restored:
        assert await restored.speakers(meeting) == ["speaker_1", "speaker_2"]
        assert await left_of(restored, NAME, voice["id"]) == {}


async def test_a_voice_is_not_recognised_even_if_the_restore_dies_before_it_is_gone(
    erased_since: Story, tmp_path: Path
) -> None:
    place, name, voice, meeting = erased_since
    target = Settings(data_dir=tmp_path / "target", _env_file=None)

    def dies(news: str) -> None:
        if news.startswith("Deleting again"):
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await restore_backup(target, place, name, dies, replace=False)
    async with another(target) as restored:
        assert await restored.parts.voices.service.known(PERSONAL_PROJECT) == []
        async with restored.parts.database.reading() as session:
            assert (await session.get_one(KnownVoice, UUID(voice["id"]))).erasing_at is not None
        assert await restored.parts.voices.erasing.resume() == 1
        assert await restored.speakers(meeting) == ["speaker_1", "speaker_2"]
        assert await left_of(restored, NAME, voice["id"]) == {}


async def test_an_erasure_that_died_before_it_was_listed_is_listed_when_it_goes_on(
    choir: Choir,
) -> None:
    voice = await choir.enrols(NAME, ANA)
    async with choir.parts.database.writing() as session:
        (await session.get_one(KnownVoice, UUID(voice["id"]))).erasing_at = utc_now()
    await choir.parts.voices.erasing.resume()
    assert await left_of(choir, NAME, voice["id"]) == {}
    assert await choir.parts.store.exists(f"voice-erasures/{voice['id']}.json")


async def test_a_voice_that_came_back_by_other_means_is_erased_by_a_replay(choir: Choir) -> None:
    voice, other = await choir.enrols(NAME, ANA), await choir.enrols("Benedict", BEN)
    await VoiceErasureList(choir.parts.store).keep(UUID(voice["id"]))
    assert await choir.parts.voices.erasing.replay() == 1
    assert await left_of(choir, NAME, voice["id"]) == {}
    await choir.asks("GET", f"/api/voices/{other['id']}")
