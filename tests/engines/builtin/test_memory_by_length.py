"""What an engine's child keeps of a long recording whose windows are all of other lengths."""

from contextlib import aclosing
from itertools import accumulate, pairwise
from pathlib import Path

import psutil
import pytest

from surtitle.config import EngineSettings
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import Span, Window, WindowCursor
from surtitle.engines.host import EngineHost
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ

from ..conftest import write_sound  # noqa: TID252 - the conftest of the folder above
from .conftest import SENTENCES, Narrate

pytestmark = pytest.mark.models

_LENGTHS = 40
_SHORTEST_SECONDS = 0.5
_LONGER_SECONDS = 0.06
# 1.6 MB for each length of 2 to 30 s, where they are kept.
_MOST_KEPT_BYTES = 40_000_000


async def test_talk_takes_no_more_memory_the_more_lengths_its_windows_have(
    whisper_base: Path, narrate: Narrate, tmp_path: Path
) -> None:
    lengths = [_SHORTEST_SECONDS + number * _LONGER_SECONDS for number in range(_LENGTHS)]
    ends = [int(second * SAMPLE_RATE_HZ) for second in accumulate(lengths, initial=0.0)]
    sound = write_sound(tmp_path / "talk.wav", narrate(*SENTENCES * 4)[: ends[-1]])
    windows = [Window(start, end, (Span(start, end),)) for start, end in pairwise(ends)]
    setup = EngineSetup("whisper", "whisper-base", whisper_base, "cpu", "int8", 2, 2)
    host = EngineHost(EngineSettings())

    async def bytes_after(chosen: list[Window]) -> int:
        options = TranscriptionOptions(language="en", vad=False)
        start = WindowCursor(sample=chosen[0].start)
        async with aclosing(host.transcribe(setup, sound, options, start, windows=chosen)) as heard:
            assert len([window async for window in heard]) == len(chosen)
        return psutil.Process(host.facts.child_pid).memory_info().rss

    try:
        # The longest first: room for one is room for all.
        before = await bytes_after(windows[-5:])
        assert await bytes_after(windows) < before + _MOST_KEPT_BYTES
    finally:
        await host.close()
