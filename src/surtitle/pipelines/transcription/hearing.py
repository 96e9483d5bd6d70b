"""The engine as one run of a transcription uses it, and what comes out of it, with who heard it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, Window, WindowCursor
from surtitle.domain.transcript import Origin
from surtitle.engines.host import EngineHost
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ
from surtitle.pipelines.transcription.selection import origin_of


@dataclass(frozen=True, slots=True)
class HeardWindow:
    """A settled window, which engine heard it, and what the person whose job it is must be told with it."""

    window: RecognizedWindow
    origin: Origin
    warnings: tuple[str, ...] = ()

    @property
    def index(self) -> int:
        """Its number in the recording, from 0."""
        return self.window.next.index - 1


HEARD_WINDOW = TypeAdapter(HeardWindow)


def window_name(folder: str, index: int) -> str:
    """The artifact of a window. Six digits keep the names in order for more than a thousand hours."""
    return f"{folder}{index:06}.json"


class Ear:
    """One engine, which goes on lighter for good once memory ran out."""

    def __init__(self, host: EngineHost, setup: EngineSetup, options: TranscriptionOptions) -> None:
        self._host = host
        self._setup = setup
        self._options = options
        self._untold: list[str] = []

    @property
    def choice(self) -> dict[str, str]:
        """The options that make another worker choose the same engine and model."""
        named = {"engine": self._setup.engine}
        return {**named, "model": self._setup.model} if self._setup.model_directory else named

    async def hear(
        self, sound: Path, start: WindowCursor, windows: Sequence[Window] | None = None
    ) -> AsyncGenerator[HeardWindow, None]:
        """What is heard in `sound` from `start` on, or of it in those `windows`. Use with `aclosing`."""
        heard = self._host.transcribe(
            self._setup, sound, self._options, start, self._go_on_lighter, windows=windows
        )
        async with aclosing(heard):
            async for window in heard:
                warnings, self._untold = tuple(self._untold), []
                origin = replace(origin_of(self._setup), task=self._options.task)
                yield HeardWindow(window, origin, warnings)

    async def outline(self, sound: Path, start: int, seconds: float) -> tuple[Window, ...]:
        """The windows that follow sample `start`, over about so many seconds. For divisible engines."""
        samples = round(seconds * SAMPLE_RATE_HZ)
        return await self._host.outline(self._setup, sound, self._options, start, samples)

    def _go_on_lighter(self, setup: EngineSetup, sentence: str) -> None:
        self._setup = setup
        self._untold.append(sentence)
