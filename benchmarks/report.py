"""Figures as Markdown on standard output, progress on standard error."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aim:
    """What a benchmark was meant to show, and what it showed."""

    benchmark: str
    aim: str
    found: str
    met: bool


class Report:
    """Prints as it goes, so that a run that is broken off has told what it found."""

    def __init__(self, *, quick: bool) -> None:
        self._quick = quick
        self._benchmark = ""
        self._aims: list[Aim] = []

    def begin(self, facts: dict[str, str]) -> None:
        if self._quick:
            self.say("**A quick run: it shows that the benchmarks work. Its figures mean nothing.**")
        self.table(("machine", ""), list(facts.items()))

    def benchmark(self, name: str, description: str) -> None:
        """A heading, the command and what is compared with what."""
        self._benchmark = name
        command = f"python -m benchmarks{' --quick' if self._quick else ''} {name}"
        self.say(f"## `{name}`")
        self.say(f"```console\n$ {command}\n```")
        self.say(description.strip())

    def say(self, text: str) -> None:
        print(f"{text}\n", flush=True)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
        self.say("\n".join(lines))

    def aim(self, aim: str, found: str, *, met: bool) -> None:
        self._aims.append(Aim(self._benchmark, aim, found, met))
        self.say(f"Aim: {aim}. Found: {found}. **{_verdict(met=met)}**")

    def end(self) -> None:
        """All aims once more, for a reader in a hurry."""
        if not self._aims:
            return
        self.say("## All aims")
        rows = [(f"`{one.benchmark}`", one.aim, one.found, _verdict(met=one.met)) for one in self._aims]
        self.table(("benchmark", "aim", "found", ""), rows)


def progress(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


def _verdict(*, met: bool) -> str:
    return "Met" if met else "Missed"
