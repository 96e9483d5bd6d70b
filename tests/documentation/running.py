"""Runs the commands of one page in a shell, in the order of the page, and compares the answers it shows."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.documentation.blocks import Command

COMMAND_SECONDS = 120
# What was begun by the command before may take a moment to be there.
PATIENCE_SECONDS = 20

_PRELUDE = """
set -euo pipefail
shopt -s nullglob
curl() { command curl --silent --show-error --fail-with-body "$@"; }
[ -f .shell ] && source ./.shell
"""
_SHOWN_KEY = re.compile(r'"(\w+)"\s*:\s*(?:"([^"]*)")?')


@dataclass
class Shell:
    """One folder and one environment; what a page calls `019a…` is known by what stands for it here."""

    folder: Path
    environment: dict[str, str]
    placeholders: dict[str, str] = field(default_factory=dict)

    def run(self, command: Command, *, place: str) -> None:
        """Raises AssertionError where the command fails, or its answer lacks what the page shows."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            done = self._done(command.text)
            lacking = _lacking(command.answer, done.stdout) if done.returncode == 0 else ["success"]
            if not lacking:
                break
            if time.monotonic() > deadline or not _only_looks(command.text):
                told = f"exit code {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
                raise AssertionError(f"{place}: `{command.text}`\nlacks {', '.join(lacking)}: {told}")
            time.sleep(0.3)
        self.placeholders |= _meant(command.answer, done.stdout)

    def _done(self, text: str) -> subprocess.CompletedProcess[str]:
        for shown, meant in sorted(self.placeholders.items(), key=lambda item: -len(item[0])):
            text = text.replace(shown, meant)
        # Variables set or exported by a command are there for the next, as for a person at a terminal.
        script = f"{_PRELUDE}\nset -a\n{text}\nset +a\n( export -p ) > .shell\n"
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )


def _only_looks(text: str) -> bool:
    """Whether the command may be given again: it changes nothing."""
    return not re.search(r"\s(-d|-F|-T|-X|--data|--form)\b|^surtitle (?!search|ask|jobs (list|show))", text)


def _lacking(shown: str, answer: str) -> list[str]:
    """The keys of the shown JSON that the answer has not."""
    present = set(re.findall(r'"(\w+)"\s*:', answer))
    return [f"`{key}`" for key, _ in _SHOWN_KEY.findall(shown) if key not in present]


def _meant(shown: str, answer: str) -> dict[str, str]:
    """What the shown answer calls by a shortened name, as `"id": "019a…"`, and what it is here."""
    documents = list(_documents(answer))
    meant: dict[str, str] = {}
    for key, value in _SHOWN_KEY.findall(shown):
        if value.endswith("…") and len(value) > 1 and " " not in value:
            here = next((found for document in documents for found in _under(document, key)), None)
            if here is not None:
                meant.setdefault(value, here)
    return meant


def _documents(answer: str) -> Iterator[Any]:
    for line in answer.splitlines():
        start = line.find("{")
        if start >= 0:
            try:
                yield json.loads(line[start:])
            except ValueError:
                continue


def _under(document: Any, key: str) -> Iterator[str]:
    if isinstance(document, dict):
        if isinstance(document.get(key), str):
            yield document[key]
        for value in document.values():
            yield from _under(value, key)
    elif isinstance(document, list):
        for value in document:
            yield from _under(value, key)
