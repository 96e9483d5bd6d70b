"""What a run has heard ahead of its turn: kept until the parts before it are joined."""

from surtitle.domain.recognition import WindowCursor
from surtitle.jobs.work import JobWork
from surtitle.pipelines.transcription.hearing import HEARD_WINDOW, HeardWindow, window_name
from surtitle.pipelines.transcription.outline import PartOutline

_AHEAD = "parts/ahead/"


class HeardAhead:
    """Windows by their number in the recording. A run that follows finds them."""

    def __init__(self, work: JobWork) -> None:
        self._work = work
        self._next: dict[int, WindowCursor] = {}

    async def resume(self) -> None:
        """Take up what earlier runs have heard ahead."""
        for artifact in await self._work.artifacts(_AHEAD):
            heard = HEARD_WINDOW.validate_json(await self._work.read(artifact.name))
            self._next[heard.index] = heard.window.next

    async def keep(self, heard: HeardWindow) -> None:
        await self._work.save(
            window_name(_AHEAD, heard.index),
            HEARD_WINDOW.dump_json(heard),
            media_type="application/json",
            kind="work",
        )
        self._next[heard.index] = heard.window.next

    def has(self, index: int) -> bool:
        return index in self._next

    async def read(self, index: int) -> HeardWindow:
        """A window that is here."""
        return HEARD_WINDOW.validate_json(await self._work.read(window_name(_AHEAD, index)))

    def reached(self, part: PartOutline) -> WindowCursor | None:
        """Where a part goes on that was begun ahead; None for one that was not."""
        indexes = range(part.first_index, part.first_index + len(part.windows))
        return next((self._next[index] for index in reversed(indexes) if index in self._next), None)

    def is_whole(self, part: PartOutline) -> bool:
        """Whether the whole part was heard ahead."""
        reached = self.reached(part)
        return reached is not None and reached.sample >= part.end
