"""Figures that are looked up when somebody asks: from the database, a disk, a card.

A look may take long, or fail. The figures of a part that could not be read are left out, for an old number
that looks new misleads; everything else is told all the same.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from prometheus_client.core import GaugeMetricFamily, Metric

log = logging.getLogger(__name__)

_AGAIN_SECONDS = 15.0


class Sample(NamedTuple):
    """One number, by the name of its figure and the values of its labels in their order."""

    figure: str
    labels: tuple[str, ...]
    value: float


Read = Callable[[], Awaitable[Sequence[Sample]]]
"""Looks. It raises whatever it likes: then its part is told as unread."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A gauge that is looked up. `help` is a sentence."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Figures that are read together, and again once they are older than `fresh_seconds`."""

    name: str
    read: Read
    fresh_seconds: float


_READING_UP = Figure("surtitle_reading_up", "Whether the figures of a part could be read.", ("part",))


class Readings:
    """A collector of what was read last. Each part is read once at a time, however many ask."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._figures = {figure.name: figure for figure in (*figures, _READING_UP)}
        self._parts: dict[str, Part] = {}
        self._read_at: dict[str, float] = {}
        self._samples: dict[str, Sequence[Sample]] = {}
        self._up: dict[str, bool] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def watch(self, parts: Iterable[Part]) -> None:
        """Read these too from now on."""
        self._parts.update({part.name: part for part in parts})

    async def refresh(self, patience_seconds: float) -> None:
        """Read what is not fresh. What takes longer goes on by itself, and is left out until it is there."""
        now = time.monotonic()
        for part in self._parts.values():
            if self._is_due(part, now) and part.name not in self._under_way:
                self._under_way[part.name] = asyncio.create_task(self._read(part))
        if self._under_way:
            _done, late = await asyncio.wait({*self._under_way.values()}, timeout=patience_seconds)
            for name, task in self._under_way.items():
                if task in late:
                    self._leave_out(name)

    def _is_due(self, part: Part, now: float) -> bool:
        read_at = self._read_at.get(part.name, -float("inf"))
        failed = self._up.get(part.name) is False
        return now - read_at >= (min(part.fresh_seconds, _AGAIN_SECONDS) if failed else part.fresh_seconds)

    async def _read(self, part: Part) -> None:
        try:
            self._samples[part.name] = await part.read()
        except Exception as error:  # noqa: BLE001 - whatever failed in a look, the other figures are told
            if self._up.get(part.name) is not False:
                # Once: it is asked for every few seconds.
                log.warning("could not read the figures of %s, which is tried again: %s", part.name, error)
            self._leave_out(part.name)
        else:
            self._up[part.name] = True
        finally:
            self._read_at[part.name] = time.monotonic()
            del self._under_way[part.name]

    def _leave_out(self, name: str) -> None:
        self._up[name] = False
        self._samples.pop(name, None)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def describe(self) -> Iterator[Metric]:
        return iter([_family(figure, ()) for figure in self._figures.values()])

    def collect(self) -> Iterator[Metric]:
        """What Prometheus is told. A figure without a sample is not told at all."""
        by_figure: dict[str, list[Sample]] = {}
        told = [sample for samples in self._samples.values() for sample in samples]
        up = [Sample(_READING_UP.name, (name,), float(is_up)) for name, is_up in self._up.items()]
        for sample in (*told, *up):
            by_figure.setdefault(sample.figure, []).append(sample)
        for name, samples in by_figure.items():
            yield _family(self._figures[name], samples)


def _family(figure: Figure, samples: Sequence[Sample]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(figure.name, figure.help, labels=figure.labels)
    for sample in samples:
        family.add_metric(sample.labels, sample.value)
    return family


def by_label(figure: str, values: Mapping[str, float]) -> list[Sample]:
    """Samples of a figure with one label."""
    return [Sample(figure, (label,), float(value)) for label, value in values.items()]
