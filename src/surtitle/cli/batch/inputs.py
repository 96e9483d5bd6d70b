"""What a person means by the FILES of a command."""

import glob
from dataclasses import dataclass
from pathlib import Path

from surtitle.errors import Invalid

STANDARD = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """A recording to work on; `path` None is standard input, or what `label` calls otherwise."""

    path: Path | None
    label: str | None = None

    @property
    def name(self) -> str:
        return self.path.name if self.path else self.label or "standard input"

    @property
    def shown(self) -> str:
        return str(self.path) if self.path else self.name

    @property
    def stem(self) -> str:
        return self.path.stem if self.path else "standard-input"


class NoSuchFile(Invalid):
    slug = "no-such-file"


def sources_of(arguments: list[str]) -> tuple[list[Source], list[NoSuchFile]]:
    """The files that `arguments` name, each once and in order, and a complaint for each that names none.

    A shell expands globs by itself; one that does not (or a quoted glob) gets the same result here.
    """
    found: dict[Path | None, Source] = {}
    complaints: list[NoSuchFile] = []
    for argument in arguments:
        try:
            for path in _paths(argument):
                found.setdefault(path.absolute() if path else None, Source(path))
        except NoSuchFile as complaint:
            complaints.append(complaint)
    return list(found.values()), complaints


def _paths(argument: str) -> list[Path | None]:
    if argument == STANDARD:
        return [None]
    path = Path(argument).expanduser()
    # A name with brackets in it is a file first, and a pattern only when there is no such file.
    if path.exists():
        if path.is_dir():
            raise NoSuchFile(
                f"{argument} is a folder; name its files, for example '{argument.rstrip('/')}/*.mp4'."
            )
        return [path]
    if not glob.has_magic(argument):
        raise NoSuchFile(f"{argument}: there is no such file.")
    # Path.glob takes no absolute pattern.
    matches = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
    files: list[Path | None] = [match for match in matches if match.is_file()]
    if not files:
        raise NoSuchFile(f"{argument}: no file matches this pattern.")
    return files
