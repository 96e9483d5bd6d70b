import asyncio
from pathlib import Path

import pytest

from surtitle.bootstrap.installation import opened
from surtitle.bootstrap.worker import work
from surtitle.config import EngineSettings, JobSettings, Settings
from surtitle.jobs.housekeeping import Housekeeping
from surtitle.jobs.worker import JobWorker


async def breaks(_self: object, *_given: object) -> None:
    raise KeyError("x")


@pytest.mark.parametrize(("part", "name"), [(Housekeeping, "run"), (JobWorker, "serve")])
async def test_a_worker_one_part_of_which_broke_ends_with_all_its_parts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    part: type[object],
    name: str,
) -> None:
    """And not one that looks alive; who started it starts another."""
    monkeypatch.setattr(part, name, breaks)
    settings = Settings(
        data_dir=tmp_path,
        engines=EngineSettings(transcriber="dummy"),
        jobs=JobSettings(slots=2),
        _env_file=None,
    )
    async with opened(settings) as installation:
        with pytest.raises(ExceptionGroup):
            async with asyncio.timeout(30):
                await work(installation, asyncio.Event())
    assert "the worker ends" in caplog.text
