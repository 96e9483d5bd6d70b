"""What a person sees on standard error while their files are worked on."""

import sys
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from surtitle.cli.batch.inputs import Source

STAGES = {
    "transcription": "listening",
    "subtitles": "making subtitles",
    "rendering": "drawing captions",
    "diarization": "telling voices apart",
    "identification": "looking for known voices",
    "fusion": "joining words and speakers",
    "minutes": "writing the minutes",
    "result": "putting it together",
    "script": "writing the script",
    "narration": "speaking",
    "picture": "drawing",
    "finish": "joining sound and picture",
}
# A log is not a film: a line when a tenth is done, at the latest after this long.
_PLAIN_STEP = 0.1
_PLAIN_SECONDS = 30.0


@dataclass(slots=True)
class Outcome:
    """What became of one file. `seconds` is the command's own time, `media_seconds` the recording's, or that
    of the film where one was `made`.
    """

    source: Source
    state: str = "failed"
    outputs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: str | None = None
    job_id: str | None = None
    media_seconds: float = 0.0
    seconds: float = 0.0
    made: str = "sound"

    @property
    def speed(self) -> float | None:
        """Times real time."""
        return self.media_seconds / self.seconds if self.seconds and self.media_seconds else None


class View(Protocol):
    """Told by the batch; shows as it sees fit."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def begin(self, source: Source, number: int, total: int) -> None:
        """A file is taken up; `number` counts from 1."""
        ...

    def stage(self, text: str) -> None: ...

    def progress(
        self, fraction: float, speed: float | None = None, frames_per_second: float | None = None
    ) -> None:
        """How far the file is, 0 to 1; `speed` is times real time, of drawn films there is the frame rate."""
        ...

    def note(self, text: str) -> None:
        """Something that the person should know and that is no failure."""
        ...

    def end(self, outcome: Outcome) -> None: ...


def open_view() -> View:
    """A bar for a terminal, now and then a line for anything else."""
    return BarView() if sys.stderr.isatty() else PlainView()


class PlainView:
    """Lines, for logs and pipes."""

    def __init__(self) -> None:
        self._name = self._stage = ""
        self._told_fraction = 0.0
        self._told_at = self._began = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def begin(self, source: Source, number: int, total: int) -> None:
        self._name = source.shown
        self._told_fraction = 0.0
        self._told_at = self._began = time.monotonic()
        _line(f"{self._name}: file {number} of {total}" if total > 1 else f"{self._name}: begun")

    def stage(self, text: str) -> None:
        if text != self._stage:
            self._stage = text

    def progress(
        self, fraction: float, speed: float | None = None, frames_per_second: float | None = None
    ) -> None:
        now = time.monotonic()
        if fraction - self._told_fraction < _PLAIN_STEP and now - self._told_at < _PLAIN_SECONDS:
            return
        self._told_fraction, self._told_at = fraction, now
        left = (now - self._began) * (1 - fraction) / max(fraction, 1e-3)
        pace = f", {told}" if (told := _pace(speed, frames_per_second)) else ""
        _line(f"{self._name}: {fraction:.0%} ({self._stage}{pace}, {clock(left)} left)")

    def note(self, text: str) -> None:
        _line(f"{self._name}: {text}")

    def end(self, outcome: Outcome) -> None:
        _line(f"{'done' if outcome.error is None else 'FAILED'}: {summary(outcome)}")


class BarView:
    """One bar for the file at work; finished files stay above it as lines."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bars = Progress(
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.description}"),
            TextColumn("[dim]{task.fields[stage]}[/]"),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TextColumn("[cyan]{task.fields[pace]}[/]"),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
        )
        self._bar = self._bars.add_task("", total=1.0, start=False, visible=False, stage="", pace="")
        self._moving = False

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, source: Source, number: int, total: int) -> None:
        count = f"[dim]{number}/{total}[/] " if total > 1 else ""
        self._moving = False
        self._bars.reset(
            self._bar, start=False, description=count + escape(source.name), visible=True, stage="", pace=""
        )

    def stage(self, text: str) -> None:
        self._bars.update(self._bar, stage=text)

    def progress(
        self, fraction: float, speed: float | None = None, frames_per_second: float | None = None
    ) -> None:
        pace = _pace(speed, frames_per_second)
        if not self._moving:
            # What an earlier run did says nothing about how fast this one is.
            self._moving = True
            self._bars.reset(self._bar)
        self._bars.update(self._bar, completed=fraction, pace=pace)

    def note(self, text: str) -> None:
        self._console.print(f"[yellow]![/] {escape(text)}")

    def end(self, outcome: Outcome) -> None:
        self._bars.update(self._bar, visible=False)
        mark = "[green]✓[/]" if outcome.error is None else "[red]✗[/]"
        self._console.print(f"{mark} {escape(summary(outcome))}", soft_wrap=True)


def summary(outcome: Outcome) -> str:
    """One file's story in a line."""
    if outcome.error is not None:
        told = outcome.error
        return told if told.startswith(outcome.source.shown) else f"{outcome.source.shown}: {told}"
    pace = f", {outcome.speed:.1f} x real time" if outcome.speed else ""
    times = f"({clock(outcome.media_seconds)} of {outcome.made} in {clock(outcome.seconds)}{pace})"
    return f"{outcome.source.shown} → {', '.join(outcome.outputs)} {times}"


def _pace(speed: float | None, frames_per_second: float | None) -> str:
    if frames_per_second:
        return f"{frames_per_second:.0f} frames a second"
    return f"{speed:.1f} x real time" if speed else ""


def clock(seconds: float) -> str:
    """`1:02:03`, or `2:03` under an hour."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _line(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
