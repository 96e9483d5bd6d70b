"""The commands that the pages of the documentation tell people to type."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELLS = frozenset({"sh", "bash", "console"})

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)")
_NOT_RUN = re.compile(r"<!-- not run by a test: (?P<why>.+?) -->")
_PAGE_NOT_RUN = re.compile(r"<!-- no command of this page is run by a test: (?P<why>.+?) -->")


@dataclass
class Command:
    """One command as it is typed, over as many lines as it takes, and the answer that the page shows."""

    line: int
    text: str
    answer: str = ""


@dataclass
class Block:
    """A fenced block of a page. `why_not` says why no test runs it."""

    page: str
    line: int
    language: str
    text: str
    why_not: str | None

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_shell(self) -> bool:
        return self.language in SHELLS

    def commands(self) -> list[Command]:
        return list(_commands(self))


@dataclass
class _Open:
    indent: str
    language: str
    line: int
    why_not: str | None
    lines: list[str] = field(default_factory=list)


def pages() -> list[str]:
    """All pages, as paths from the root of the repository."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [str(page.relative_to(ROOT)) for page in found]


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in its order."""
    opened: _Open | None = None
    above, text = "", (ROOT / page).read_text()
    whole = _PAGE_NOT_RUN.search(text)
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if opened is None and fence:
            reason = _NOT_RUN.search(above) or whole
            opened = _Open(fence["indent"], fence["language"], number, reason["why"] if reason else None)
        elif opened is not None and fence:
            yield Block(page, opened.line, opened.language, "\n".join(opened.lines), opened.why_not)
            opened = None
        elif opened is not None:
            opened.lines.append(line.removeprefix(opened.indent))
        if line.strip():
            above = line


def _commands(block: Block) -> Iterator[Command]:
    """A comment below a command is its answer; in a `console`, so is every line without a prompt."""
    current: Command | None = None
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if current is not None and _goes_on(current.text):
            current.text += "\n" + line
        elif block.language == "console" and not line.startswith("$ "):
            if current is not None:
                current.answer += line + "\n"
        elif line.startswith("#"):
            if current is not None:
                current.answer += line.removeprefix("#").removeprefix(" ") + "\n"
        elif line.strip():
            if current is not None:
                yield current
            current = Command(number, line.removeprefix("$ "))
    if current is not None:
        yield current


def _goes_on(text: str) -> bool:
    """Whether a shell would ask for another line: after a backslash, or inside quotes."""
    bare = re.sub(r"\\.", "", text)
    if text.endswith("\\"):
        return True
    quote = None
    for sign in bare:
        if quote is None and sign == "#":
            # What follows is a remark, apostrophes and all.
            quote = "#"
        elif quote == "#":
            quote = None if sign == "\n" else "#"
        elif quote is None and sign in "'\"":
            quote = sign
        elif sign == quote:
            quote = None
    return quote in {"'", '"'}
