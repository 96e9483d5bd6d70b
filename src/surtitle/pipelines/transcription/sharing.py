"""One long recording heard by many workers: the run of the whole lays out parts, offers them to others,
hears parts itself meanwhile, and joins all in their order. See docs/decisions/0014.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from surtitle.config import JobSettings
from surtitle.domain.jobs import JobState
from surtitle.domain.options import TranscriptionOptions
from surtitle.engines.sound import SAMPLE_RATE_HZ
from surtitle.jobs.parts import JobParts, Part, sound_name
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.transcription.ahead import HeardAhead
from surtitle.pipelines.transcription.growing import GrowingTranscript
from surtitle.pipelines.transcription.hearing import HEARD_WINDOW, Ear, window_name
from surtitle.pipelines.transcription.outline import Layout, PartOutline, cut_sound
from surtitle.pipelines.transcription.pace import Pace
from surtitle.pipelines.transcription.part import WINDOWS, part_options

log = logging.getLogger(__name__)

# The first text is wanted early, and it tells the language, without which nobody else can begin.
_OPENING_SECONDS = 30.0
# More than one each: others may be quicker than we are, and we lay out parts only between our own.
_PARTS_FOR_EACH_HELPER = 4
_LOOK_FOR_HELP_SECONDS = 10.0
# Towards the end parts get smaller, so that nobody waits long for the last: so many for each who hears, none
# smaller than about a window.
_SHARES_OF_THE_REST = 2
_SMALLEST_PART_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class WholeSound:
    """A recording as a 16 kHz WAV. `is_shared`: several workers may hear it, `part_seconds` at a time."""

    path: Path
    sample_count: int
    is_shared: bool
    part_seconds: float

    @classmethod
    def of(cls, path: Path, sample_count: int, settings: JobSettings) -> Self:
        shared_above = settings.fan_out_seconds * SAMPLE_RATE_HZ
        return cls(path, sample_count, 0 < shared_above < sample_count, settings.part_seconds)

    @property
    def part_samples(self) -> int:
        return round(self.part_seconds * SAMPLE_RATE_HZ)


class SharedHearing:
    """Ends when the whole recording is joined to `text`. Words do not depend on who helps."""

    def __init__(
        self,
        context: StepContext[TranscriptionOptions],
        ear: Ear,
        text: GrowingTranscript,
        sound: WholeSound,
        pace: Pace,
        *,
        parts: JobParts,
    ) -> None:
        self._context = context
        self._ear = ear
        self._text = text
        self._sound = sound
        self._pace = pace
        self._parts = parts
        self._layout = Layout(context.work)
        self._ahead = HeardAhead(context.work)
        self._known: Mapping[int, Part] = {}

    async def run(self) -> None:
        await self._layout.resume()
        await self._ahead.resume()
        while self._text.next.sample < self._sound.sample_count:
            await self._share()
            left = self._layout.from_sample(self._text.next.sample)
            if left:
                await self._advance(left[0])
            else:
                await self._hear_alone()
        # One whose last window is joined may not have ended yet: nobody needs it any more.
        for part in (await self._parts.known()).values():
            await self._parts.drop(part)

    async def _share(self) -> None:
        """Lay out what we hear next and, if there is anyone to hear it, what comes after that, each part on
        offer before the next is laid out.
        """
        helpers = await self._parts.helpers()
        if not helpers:
            return
        await self._look()
        if not self._unheard():
            await self._lay_out_next(helpers)
        if not (self._text.next.sample > 0 and self._language_is_known):
            return
        # The first is ours: so one that failed elsewhere, and was dropped in its turn, is not offered again.
        for place in range(1, 1 + _PARTS_FOR_EACH_HELPER * helpers):
            if len(self._unheard()) <= place and not await self._lay_out_next(helpers):
                return
            part = self._unheard()[place]
            if part.number not in self._known:
                await self._offer(part)

    @property
    def _language_is_known(self) -> bool:
        options = self._context.options
        return options.language is not None or options.multilingual or self._text.next.knows_language

    async def _lay_out_next(self, helpers: int) -> bool:
        """Whether there was anything left to lay out."""
        last, following = self._layout.last, self._text.next
        start, index = following.sample, following.index
        if last is not None and last.end > start:
            start, index = last.end, last.first_index + len(last.windows)
        if start >= self._sound.sample_count:
            return False
        usual, left = self._sound.part_seconds, (self._sound.sample_count - start) / SAMPLE_RATE_HZ
        seconds = part_length(left, helpers, usual) if start else min(_OPENING_SECONDS, usual)
        await self._layout.add(await self._ear.outline(self._sound.path, start, seconds), index)
        return True

    def _unheard(self) -> list[PartOutline]:
        """The parts that are still to be heard to their end, by us or by others."""
        done = {number for number, part in self._known.items() if part.state is JobState.SUCCEEDED}
        return [
            part
            for part in self._layout.from_sample(self._text.next.sample)
            if part.number not in done and not self._ahead.is_whole(part)
        ]

    async def _offer(self, part: PartOutline) -> None:
        if self._ahead.reached(part) is not None:
            return
        start = replace(self._text.next, index=part.first_index, sample=part.start)
        sound = await asyncio.to_thread(cut_sound, self._sound.path, part)
        await self._context.work.save(sound_name(part.number), sound, media_type="audio/wav", kind="part")
        await self._parts.offer(part.number, part_options(self._context.options, self._ear, start))

    async def _advance(self, part: PartOutline) -> None:
        """Do what is best for the part that is next in order."""
        await self._look()
        if (theirs := self._known.get(part.number)) is None:
            await self._hear_in_order(part)
        else:
            await self._follow(part, theirs)

    async def _follow(self, part: PartOutline, theirs: Part) -> None:
        """Join what another hears of the part that is next in order, until it has ended or is ours."""
        with self._parts.news_of(theirs) as news:
            while True:
                await self._look()
                if (now := self._known.get(part.number)) is None or now.id != theirs.id:
                    return
                await self._join_from(now)
                if now.state.finished:
                    await self._settle(now)
                    return
                ours = await self._take_back()
                if ours == part.number:
                    return
                if ours is not None:
                    await self._hear_ahead(self._layout[ours])
                else:
                    await self._tell_progress()
                    await news.wait(self._context.work.settings.poll_seconds)
                await self._share()

    async def _settle(self, ended: Part) -> None:
        """All there is of it is joined: if it failed or was stopped half-way, the rest is ours. What nobody
        can hear then fails in our own run, for its own reason.
        """
        if ended.state is JobState.FAILED:
            log.warning(
                "part %d of job %s failed on another worker (%s); it is heard here",
                ended.number,
                self._context.work.id,
                ended.error_kind,
            )
        await self._parts.drop(ended)

    async def _take_back(self) -> int | None:
        """Looked for first: taking back is a write, and writes wake all who wait."""
        if any(part.state is JobState.QUEUED for part in self._known.values()):
            return await self._parts.take_back()
        return None

    async def _hear_in_order(self, part: PartOutline) -> None:
        while self._text.next.sample < part.end and self._ahead.has(self._text.next.index):
            await self._text.join(await self._ahead.read(self._text.next.index))
        if self._text.next.sample >= part.end:
            return
        async with aclosing(self._ear.hear(self._sound.path, self._text.next, part.windows)) as heard:
            async for window in heard:
                await self._text.join(window)
                await self._tell_progress()

    async def _hear_ahead(self, part: PartOutline) -> None:
        """Others are at the parts before this one; what they have heard is told as it comes."""
        start = self._ahead.reached(part) or replace(
            self._text.next, index=part.first_index, sample=part.start
        )
        async with aclosing(self._ear.hear(self._sound.path, start, part.windows)) as heard:
            async for window in heard:
                await self._ahead.keep(window)
                await self._join_what_is_next()
                await self._tell_progress()

    async def _hear_alone(self) -> None:
        """Nobody is there: without parts until the end, or until somebody comes."""
        clock = asyncio.get_running_loop().time
        looked_at = clock()
        async with aclosing(self._ear.hear(self._sound.path, self._text.next)) as heard:
            async for window in heard:
                await self._text.join(window)
                await self._tell_progress()
                if clock() - looked_at >= _LOOK_FOR_HELP_SECONDS:
                    looked_at = clock()
                    left = self._sound.sample_count - self._text.next.sample
                    if left > 2 * self._sound.part_samples and await self._parts.helpers():
                        return

    async def _join_what_is_next(self) -> None:
        await self._look()
        for part in self._layout.from_sample(self._text.next.sample)[:1]:
            if (theirs := self._known.get(part.number)) is not None:
                await self._join_from(theirs)

    async def _join_from(self, theirs: Part) -> None:
        """Join what another worker has heard so far and we have not joined yet."""
        following = self._text.next.index
        after = window_name(WINDOWS, following - 1) if following else ""
        for made in await self._parts.made(theirs, after):
            data = await self._context.work.store.read(made.object_key, sha256=made.sha256)
            await self._text.join(HEARD_WINDOW.validate_json(data))

    async def _look(self) -> None:
        self._known = known = dict(await self._parts.known())
        for part in list(known.values()):
            if part.state.finished and self._layout[part.number].end <= self._text.next.sample:
                await self._parts.drop(part)
                del known[part.number]

    async def _tell_progress(self) -> None:
        """Everything that was heard counts, in order or not."""
        joined = self._text.next.sample
        heard = joined
        for part in self._layout.from_sample(joined):
            theirs, reached = self._known.get(part.number), self._ahead.reached(part)
            first = max(part.start, joined)
            if theirs is not None:
                heard += max(0, round(theirs.progress * (part.end - part.start)) - (first - part.start))
            elif reached is not None:
                heard += max(0, reached.sample - first)
        await self._context.progress(self._pace.fraction(heard), speed=self._pace.speed(heard))


def part_length(left_seconds: float, helpers: int, usual_seconds: float) -> float:
    """How long, in seconds, the next part is to be where so much of the recording is not laid out yet."""
    share = left_seconds / (_SHARES_OF_THE_REST * (1 + helpers))
    return min(usual_seconds, max(_SMALLEST_PART_SECONDS, share))
