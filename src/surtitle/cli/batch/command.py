"""The whole of `transcribe` and `caption`, but for their options."""

import asyncio
import json
import signal
import sys
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from surtitle.bootstrap.installation import Installation, opened
from surtitle.bootstrap.worker import work
from surtitle.cli.batch.inputs import Source, sources_of
from surtitle.cli.batch.model import fetch_models
from surtitle.cli.batch.outputs import Target, Wanted, plan
from surtitle.cli.batch.running import Batch, Order
from surtitle.cli.batch.view import Outcome, View, open_view
from surtitle.cli.failures import FAILED, INTERRUPTED, TERMINATED, USAGE
from surtitle.cli.settings import load_settings
from surtitle.config import Settings
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recipes import parse_options, recipe_named
from surtitle.errors import Invalid

STOPPED = "Stopped. Files that were finished stay; nothing half-written is left."
_SCHEMA_VERSION = 1


def run_command(
    files: list[str], order: Order, wanted: Sequence[Wanted], *, output: str | None, as_json: bool
) -> int:
    """Do all of it and return the exit code. Raises what is wrong with the command as a whole."""
    options = parse_options(recipe_named(order.recipe), order.options)
    assert isinstance(options, TranscriptionOptions)
    sources, complaints = sources_of(files)
    for complaint in complaints:
        _say(complaint.message)
    if not sources:
        return USAGE
    plans = plan(sources, wanted, output)
    if as_json and any(target.path is None for target in plans[0]):
        raise Invalid("--json and the result cannot both go to standard output; name a file with --output.")
    settings = load_settings(quiet=True)
    commission = _Commission(order, options, sources, plans)
    with open_view() as view:
        outcomes, stopped_by = asyncio.run(commission.run(settings, view))
    _conclude(sources, outcomes, failed=len(complaints), stopped=stopped_by is not None)
    if as_json:
        write_report(outcomes)
    if stopped_by is not None:
        return signal_code(stopped_by)
    return FAILED if complaints or any(outcome.error for outcome in outcomes) else 0


class _Commission:
    """One command's work: an installation, a worker in this process, the files."""

    def __init__(
        self,
        order: Order,
        options: TranscriptionOptions,
        sources: Sequence[Source],
        plans: Sequence[Sequence[Target]],
    ) -> None:
        self._order = order
        self._options = options
        self._sources = sources
        self._plans = plans
        self._outcomes: list[Outcome] = []

    async def run(self, settings: Settings, view: View) -> tuple[list[Outcome], signal.Signals | None]:
        """What became of the files, and the signal that stopped the work, if one did."""
        stopped_by = await stoppable(self._do(settings, view))
        return self._outcomes, stopped_by

    async def _do(self, settings: Settings, view: View) -> None:
        async with opened(settings) as installation:
            try:
                installation.engines.selector.check(self._options)
                await fetch_models(installation, self._options)
                batch = Batch(installation, self._order, view)
                files = batch.run(self._sources, self._plans, self._outcomes)
                await beside_a_worker(installation, batch.own_jobs, files)
            finally:
                await installation.media.close()


async def beside_a_worker(
    installation: Installation, own_jobs: Sequence[UUID], doing: Coroutine[Any, Any, None]
) -> None:
    """Do it while a worker in this process runs `own_jobs`, which may grow."""
    stop = asyncio.Event()
    worker = asyncio.create_task(work(installation, stop, only=own_jobs))
    mine = asyncio.create_task(doing)
    try:
        await asyncio.wait({worker, mine}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # The worker must live on while jobs are cancelled.
        if not mine.done():
            mine.cancel()
        with suppress(asyncio.CancelledError):
            await mine
        stop.set()
        await worker


async def stoppable(doing: Coroutine[Any, Any, None]) -> signal.Signals | None:
    """Do it, unless a signal stops it: the signal, if one did."""
    task = asyncio.ensure_future(doing)
    with _cancelled_by_signals(task) as caught, suppress(asyncio.CancelledError):
        await task
    return caught[0] if caught else None


def signal_code(stopped_by: signal.Signals) -> int:
    """The exit code of a command that a signal stopped."""
    return TERMINATED if stopped_by is signal.SIGTERM else INTERRUPTED


@contextmanager
def _cancelled_by_signals(doing: asyncio.Future[None]) -> Iterator[list[signal.Signals]]:
    """Cancel `doing` on the first signal; a second one ends the process, which loses nothing either."""
    caught: list[signal.Signals] = []
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(number: signal.Signals) -> None:
        caught.append(number)
        for each in numbers:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        doing.cancel()

    for number in numbers:
        loop.add_signal_handler(number, stop, number)
    yield caught


def _conclude(sources: Sequence[Source], outcomes: Sequence[Outcome], *, failed: int, stopped: bool) -> None:
    if stopped:
        _say(STOPPED)
    total = len(sources) + failed
    if total == 1:
        return
    done = sum(outcome.error is None and outcome.state == "succeeded" for outcome in outcomes)
    _say(f"{done} of {total} files done" + (f", {total - done} not." if done < total else "."))


def write_report(outcomes: Sequence[Outcome]) -> None:
    """To standard output, in UTF-8; what is no text in a name is escaped, as JSON has it."""
    text = json.dumps(_report_of(outcomes), indent=2, ensure_ascii=False) + "\n"
    sys.stdout.buffer.write(text.encode(errors="backslashreplace"))
    sys.stdout.buffer.flush()


def _report_of(outcomes: Sequence[Outcome]) -> dict[str, object]:
    return {
        "schema_version": _SCHEMA_VERSION,
        "files": [
            {
                "file": outcome.source.shown,
                "state": outcome.state,
                "outputs": outcome.outputs,
                "warnings": outcome.warnings,
                "error": outcome.error,
                "job_id": outcome.job_id,
                "media_seconds": round(outcome.media_seconds, 3),
                "seconds": round(outcome.seconds, 3),
            }
            for outcome in outcomes
        ],
    }


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
