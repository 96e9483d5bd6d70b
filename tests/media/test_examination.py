import asyncio
import json
from pathlib import Path

import psutil
import pytest
from tests.media.streams import Make

from surtitle.media.errors import NoSound, NotMedia
from surtitle.media.examination import Examiner
from surtitle.media.inspection import inspected


async def test_a_child_examines_many_files_and_tells_what_is_wrong(film: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("words " * 100)
    examiner = Examiner(children=2)
    try:
        probes = await asyncio.gather(*(examiner.probe(film) for _ in range(5)))
        assert {probe.content_type for probe in probes} == {"video/mp4"}
        with pytest.raises(NotMedia, match="The file holds text"):
            await examiner.probe(text)
        assert (await examiner.probe(film)).video is not None
        assert len(examiner._idle) == 2
    finally:
        await examiner.close()


async def test_a_child_that_dies_is_replaced_and_the_file_is_blamed(film: Path) -> None:
    examiner = Examiner(children=1)
    try:
        await examiner.probe(film)
        # Stopped, so that it dies with the question and not before it.
        examiner._idle[0].send_signal(19)
        asking = asyncio.create_task(examiner.probe(film))
        # The question is on its way to the stopped child once this task has had its turn.
        await asyncio.sleep(0.1)
        child = await _only_child()
        child.kill()
        with pytest.raises(NotMedia, match="crash"):
            await asking
        assert (await examiner.probe(film)).audio
    finally:
        await examiner.close()


async def _only_child() -> psutil.Process:
    (child,) = [
        process for process in psutil.Process().children() if "surtitle.media.child" in process.cmdline()
    ]
    return child


async def test_what_a_picture_can_be_made_from_comes_from_a_child(film: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("words " * 100)
    examiner = Examiner()
    try:
        assert await examiner.inspect(film) == inspected(film)
        with pytest.raises(NotMedia, match="The file holds text"):
            await examiner.inspect(text)
    finally:
        await examiner.close()


async def test_peaks_come_from_a_child_too(film: Path, make: Make) -> None:
    examiner = Examiner()
    try:
        document = json.loads(await examiner.peaks(film))
        assert document["length"] * 2 == len(document["data"])
        with pytest.raises(NoSound, match="no audio track"):
            await examiner.peaks(make("mute.mp4", "-f", "lavfi", "-i", "testsrc=d=1"))
    finally:
        await examiner.close()
