"""The models that a command needs, fetched before its first file."""

import asyncio
import sys
import threading
from collections.abc import Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from surtitle.bootstrap.installation import Installation
from surtitle.domain.options import MeetingJobOptions, TranscriptionOptions
from surtitle.engines.models.errors import ModelDamaged, ModelNotInstalled, PullFailed
from surtitle.engines.models.sources import Progress as OnProgress
from surtitle.engines.registry import Capability


class _Stopped(Exception):
    """Ends the fetching thread when the command was stopped."""


async def fetch_models(installation: Installation, options: TranscriptionOptions) -> None:
    """Have the models here and sound, with a bar for the download. Raises `PullFailed`, `StorageFull`.

    Stopped half-way it keeps what came; the next pull goes on from there. Those that tell voices apart may be
    missing: there is a transcript without them.
    """
    if (name := installation.engines.selector.model_name(options)) is not None:
        await _have(installation, name)
    try:
        for name in _models_for_voices(installation, options):
            await _have(installation, name)
    except PullFailed as error:
        sys.stderr.write(f"{error.message}\nNobody will be told apart.\n")


def _models_for_voices(installation: Installation, options: TranscriptionOptions) -> Sequence[str]:
    if not isinstance(options, MeetingJobOptions) or not options.diarization.enabled:
        return ()
    spec = installation.engines.chooser.spec_for(Capability.DIARIZER, options.diarization.engine)
    return (spec.model, *spec.companions) if spec.needs_model else spec.companions


async def _have(installation: Installation, name: str) -> None:
    try:
        await asyncio.to_thread(installation.engines.models.path, name)
    except (ModelNotInstalled, ModelDamaged):
        sys.stderr.write(f"The model {name} is not here yet; fetching it, once.\n")
        await _pull(installation, name)


async def _pull(installation: Installation, name: str) -> None:
    stop = threading.Event()
    with _bars() as bars:
        report = _reporting(bars, stop)
        try:
            await asyncio.to_thread(installation.engines.models.pull, name, report)
        finally:
            stop.set()


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(20), DownloadColumn(), TransferSpeedColumn(),
        TimeRemainingColumn(compact=True), console=Console(stderr=True), transient=True,
    )  # fmt: skip


def _reporting(bars: Progress, stop: threading.Event) -> OnProgress:
    bar = bars.add_task("")

    def report(done: int, total: int, what: str) -> None:
        if stop.is_set():
            raise _Stopped
        if bars.tasks[0].description != what:
            bars.reset(bar, description=what)
        bars.update(bar, completed=done, total=total)

    return report
