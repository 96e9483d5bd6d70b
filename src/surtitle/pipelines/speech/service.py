"""Speech that a person waits for: checked, paid for, and handed over while it is made."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from uuid import UUID

from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.errors import Busy, Invalid
from surtitle.ids import new_id
from surtitle.media.encoding import SoundEncoder, SoundFormat, sound_encoder
from surtitle.pipelines.speech.choosing import ChosenVoice, SpeakerChooser
from surtitle.pipelines.speech.parts import SpeechParts
from surtitle.pipelines.speech.plan import planned
from surtitle.pipelines.speech.speaking import Manner, SpokenPart
from surtitle.usage.metering import Work, release, settle
from surtitle.usage.quotas import Quotas
from surtitle.usage.tariff import SPEECH_RECIPE

CHARACTERS_A_SECOND = 15.0
"""By which speech is paid before anybody knows how long it gets: 900 a minute, an even reading."""


class TextTooLong(Invalid):
    """More characters than a request may bring."""

    slug = "string-above-max-length"

    def __init__(self, length: int, most: int) -> None:
        super().__init__(
            f"The text has {length} characters; a request takes {most}. Cut it between sentences and ask for "
            "each part.",
            field="input",
        )


class TooMuchSpeech(Busy):
    """As many requests as this process takes are waiting for their speech."""

    slug = "too-much-speech"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} requests for speech are under way here. Try again in a few seconds.")


@dataclass(frozen=True, slots=True)
class SpeechWish:
    """What is to be said, in what language (ISO 639-1), how, and as what file."""

    text: str
    language: str
    manner: Manner
    format: SoundFormat


class SpeechService:
    """Speaks for callers of the API, one sentence after another."""

    def __init__(self, parts: SpeechParts, database: Database, settings: Settings) -> None:
        self._parts = parts
        self._database = database
        self._quotas = Quotas(settings)
        self._settings = settings.speech
        self._under_way = 0

    @property
    def chooser(self) -> SpeakerChooser:
        """Which voices there are."""
        return self._parts.chooser

    async def begin(
        self, project_id: UUID, user_id: UUID | None, wish: SpeechWish
    ) -> AsyncGenerator[bytes, None]:
        """The file's bytes as they are made. When this returns, the first sentence is made and paid for.

        Close the iterator when leaving early. Raises `TextTooLong`, `TooMuchSpeech`, what `Quotas.reserve`
        raises, and what `SpeakerChooser.setup_for` and `Speaker.spoken` raise.
        """
        if len(wish.text) > self._settings.most_characters:
            raise TextTooLong(len(wish.text), self._settings.most_characters)
        made = self._made(project_id, user_id, wish)
        try:
            first = await anext(made)
        except BaseException:
            await made.aclose()
            raise
        return _with_first(first, made)

    async def _made(
        self, project_id: UUID, user_id: UUID | None, wish: SpeechWish
    ) -> AsyncGenerator[bytes, None]:
        with self._place():
            chooser = self._parts.chooser
            chosen = await asyncio.to_thread(
                chooser.setup_for, wish.language, wish.manner.engine, wish.manner.voice
            )
            async with self._paid(project_id, user_id, wish, chosen) as is_paid:
                parts = self._parts.speaker.spoken(
                    planned([wish.text], chosen.language, wish.manner.speed), chosen, wish.manner
                )
                async with aclosing(parts):
                    async for piece in _encoded(parts, wish.format):
                        await is_paid()
                        yield piece

    @contextmanager
    def _place(self) -> Iterator[None]:
        """One of the places for requests that are under way."""
        if self._under_way >= self._settings.most_waiting:
            raise TooMuchSpeech(self._settings.most_waiting)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    @asynccontextmanager
    async def _paid(
        self, project_id: UUID, user_id: UUID | None, wish: SpeechWish, chosen: ChosenVoice
    ) -> AsyncIterator["_Settling"]:
        """Reserves, settles with the first sound that is handed over, and gives back where there was none."""
        work = Work(
            project_id=project_id,
            user_id=user_id,
            job_id=new_id(),
            recipe=SPEECH_RECIPE,
            engine=chosen.setup.engine,
            audio_seconds=0.0,
            generated_seconds=len(wish.text) / CHARACTERS_A_SECOND,
            is_job=False,
        )
        async with self._database.writing() as session:
            await self._quotas.reserve(session, work)
        settling = _Settling(self._database, work.job_id)
        try:
            yield settling
        finally:
            if not settling.is_done:
                async with self._database.writing() as session:
                    await release(session, work.job_id)


class _Settling:
    """Settles once, however often it is called."""

    def __init__(self, database: Database, job_id: UUID) -> None:
        self._database = database
        self._job_id = job_id
        self.is_done = False

    async def __call__(self) -> None:
        if self.is_done:
            return
        async with self._database.writing() as session:
            await settle(session, self._job_id)
        self.is_done = True


async def _encoded(parts: AsyncIterator[SpokenPart], format_: SoundFormat) -> AsyncIterator[bytes]:
    encoder: SoundEncoder | None = None
    async for part in parts:
        if encoder is None:
            encoder = await asyncio.to_thread(sound_encoder, format_, part.sample_rate_hz)
        if piece := await asyncio.to_thread(encoder.encode, part.pcm):
            yield piece
    assert encoder is not None
    if piece := await asyncio.to_thread(encoder.finish):
        yield piece


async def _with_first(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece
