"""Bringing one model into the store: fetch, check, move into place. The caller holds the model's lock.

    <store>/.partial-<name>/ready/      files that were checked; becomes <store>/<name> in one rename
    <store>/.partial-<name>/wheels/     packages that the index delivered
    <store>/.partial-<name>/*.hub-part  a download that can go on where it stopped

The process may die between any two lines: what stands in `ready` was checked and flushed before it
came there and is checked again before it is used; all the rest is fetched again or thrown away.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from surtitle.engines.models.checking import check_file, flush_to_disk, write_stamp
from surtitle.engines.models.errors import ChecksumMismatch, PullFailed, SourceFailed
from surtitle.engines.models.manifest import ModelFile, ModelSpec
from surtitle.engines.models.sources import Progress, Source


class Pull:
    """One model on its way from `sources`, tried in order, to the folder `target`."""

    def __init__(
        self, spec: ModelSpec, target: Path, partial: Path, sources: Sequence[Source], progress: Progress
    ) -> None:
        self._spec = spec
        self._target = target
        self._partial = partial
        self._ready = partial / "ready"
        self._sources = sources
        self._progress = progress

    def run(self) -> None:
        """Raises `PullFailed` with every source's reason when a file is still missing at the end."""
        self._partial.mkdir(parents=True, exist_ok=True)
        self._take_back_damaged()
        self._clean_up()
        missing = [file for file in self._spec.files if not (self._ready / file.name).exists()]
        reasons: list[str] = []
        for source in self._sources:
            missing = self._take_from(source, missing, reasons)
        if missing:
            raise PullFailed(self._spec.name, tuple(reasons))
        self._publish()

    def _take_back_damaged(self) -> None:
        """An installed model that failed its check: its sound files need not be fetched again."""
        if not self._target.exists():
            return
        if self._ready.exists():
            shutil.rmtree(self._ready)
        self._target.rename(self._ready)

    def _clean_up(self) -> None:
        """Keep what was checked and what can be gone on with; remove what an earlier pull left otherwise."""
        self._ready.mkdir(exist_ok=True)
        known = {file.name: file for file in self._spec.files}
        for path in self._ready.iterdir():
            if path.name not in known or not _is_right(path, known[path.name]):
                _remove(path)
        for path in self._partial.iterdir():
            if path.name not in ("ready", "wheels") and path.suffix != ".hub-part":
                _remove(path)

    def _take_from(self, source: Source, missing: list[ModelFile], reasons: list[str]) -> list[ModelFile]:
        """Fetch all that `source` delivers rightly; what is still missing then."""
        for index, file in enumerate(missing):
            try:
                self._take_file(source, file)
            except SourceFailed as error:
                reasons.append(error.message)
                return missing[index:]
            except ChecksumMismatch as error:
                # Nothing of a source that delivers wrong bytes is kept for the next try.
                shutil.rmtree(self._partial / "wheels", ignore_errors=True)
                reasons.append(f"{source.name}: {error.fault}; refused and removed")
                return missing[index:]
        return []

    def _take_file(self, source: Source, file: ModelFile) -> None:
        part = self._partial / f"{file.name}.{source.name}-part"
        source.fetch(self._spec, file, part, self._progress)
        try:
            check_file(part, file)
        except ChecksumMismatch:
            part.unlink()
            raise
        flush_to_disk(part)
        part.rename(self._ready / file.name)

    def _publish(self) -> None:
        write_stamp(self._ready, self._spec)
        flush_to_disk(self._ready)
        self._ready.rename(self._target)
        flush_to_disk(self._target.parent)
        shutil.rmtree(self._partial)


def _is_right(path: Path, file: ModelFile) -> bool:
    try:
        check_file(path, file)
    except ChecksumMismatch:
        return False
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()
