"""The model store: from a model's name to a folder of weights that were checked."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from surtitle.config import Settings
from surtitle.engines.models.checking import faults_in, forget, is_stamped, remember
from surtitle.engines.models.errors import (
    ModelDamaged,
    ModelIncomplete,
    ModelNotInstalled,
    ModelNotOurs,
    ModelUnknown,
    disk_errors,
)
from surtitle.engines.models.folder import FOLDER_PREFIX, ModelFolder, is_multilingual, missing_files
from surtitle.engines.models.hub import HubSource
from surtitle.engines.models.index import IndexSource
from surtitle.engines.models.manifest import Manifest, ModelSpec, packaged_manifest
from surtitle.engines.models.pulling import Pull
from surtitle.engines.models.sources import FolderSource, Progress, Source
from surtitle.engines.registry import Capability

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that can be used now. The user's own weights are not `pinned`: nothing to check against."""

    name: str
    capability: Capability
    engine: str
    directory: Path
    size_bytes: int
    multilingual: bool
    pinned: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """What hashing found: one sentence in `faults` for each wrong file, none for what is not `pinned`."""

    name: str
    faults: tuple[str, ...]
    pinned: bool


def silent(done: int, total: int, what: str) -> None:
    """A `Progress` that tells nobody."""


class ModelStore:
    """Models on this machine. Synchronous; safe to use from many threads and processes at once.

    A name is a manifest's name or alias (`whisper-base`, `base`), the name of a folder in
    SURTITLE_MODELS__FOLDER, or `folder:<name>` to mean that folder and nothing else.
    """

    def __init__(self, settings: Settings, manifest: Manifest | None = None) -> None:
        self.manifest = manifest or packaged_manifest()
        self._directory = settings.models_directory
        self._settings = settings.models
        self._folder = ModelFolder(settings.models.folder)

    def path(self, name: str) -> Path:
        """The model's folder, present and checked. Quick: files are hashed again only if they changed.

        Raises `ModelUnknown`, `ModelNotInstalled`, `ModelDamaged` or `ModelIncomplete`.
        """
        spec = self.manifest.find(name)
        if spec is None:
            return self._own_folder(name)
        target = self._directory / spec.name
        if not target.is_dir():
            raise ModelNotInstalled(spec.name)
        if not is_stamped(target, spec):
            self._check(target, spec)
        return target

    def installed(self) -> tuple[InstalledModel, ...]:
        """All usable models, the manifest's first. Looks at names and sizes only."""
        return (*self._installed_from_manifest(), *self._installed_in_folder())

    def pull(self, name: str, progress: Progress | None = None) -> Path:
        """Fetch the model unless it is here and sound; its folder.

        Of several pulls at once, one fetches and the others find the work done. Raises `PullFailed`,
        `ModelUnknown`, `StorageFull`, or `Unavailable` when the store cannot be written.
        """
        spec = self.manifest.find(name)
        if spec is None:
            return self.path(name)
        target, partial = self._directory / spec.name, self._partial(spec)
        if is_stamped(target, spec) and not partial.exists():
            # No lock: the store may be read-only.
            return target
        with self._locked(spec, progress or silent):
            if _is_sound(target, spec):
                shutil.rmtree(partial, ignore_errors=True)
            else:
                Pull(spec, target, partial, self._sources(partial), progress or silent).run()
        return target

    def verify(self, name: str | None = None) -> tuple[Verification, ...]:
        """Hash every file of one model, or of all that are here. A model found wrong is not used again.

        Raises `ModelUnknown` or `ModelNotInstalled`.
        """
        if name is None:
            return tuple(self._verify(name) for name in self._names_here())
        return (self._verify(name),)

    def remove(self, name: str) -> None:
        """Delete the model and what broken pulls left of it.

        Raises `ModelNotInstalled`, `ModelUnknown`, or `ModelNotOurs` for one in the user's folder.
        """
        spec = self.manifest.find(name)
        if spec is None:
            raise ModelNotOurs(name, self._own_folder(name))
        with self._locked(spec, silent):
            target, partial = self._directory / spec.name, self._partial(spec)
            if not target.exists() and not partial.exists():
                raise ModelNotInstalled(spec.name)
            partial.mkdir(exist_ok=True)
            if target.exists():
                # One rename, so that nobody finds half a model.
                target.rename(partial / "removed")
            shutil.rmtree(partial)

    def _check(self, target: Path, spec: ModelSpec) -> None:
        if faults := faults_in(target, spec):
            raise ModelDamaged(spec.name, faults)
        remember(target, spec)

    def _verify(self, name: str) -> Verification:
        spec = self.manifest.find(name)
        if spec is None:
            self._own_folder(name)
            return Verification(name, (), pinned=False)
        target = self._directory / spec.name
        if not target.is_dir():
            raise ModelNotInstalled(spec.name)
        faults = faults_in(target, spec)
        if faults:
            forget(target)
        else:
            remember(target, spec)
        return Verification(spec.name, faults, pinned=True)

    def _names_here(self) -> Iterator[str]:
        """Also what is too damaged to count as installed."""
        yield from (name for name in self.manifest.names() if (self._directory / name).is_dir())
        yield from (model.name for model in self._installed_in_folder())

    def _own_folder(self, name: str) -> Path:
        directory = self._folder.find(name.removeprefix(FOLDER_PREFIX))
        if directory is None:
            raise ModelUnknown(name, [*self.manifest.names(), *self._folder.names()])
        if missing := missing_files(directory):
            raise ModelIncomplete(directory, missing)
        _log.warning("Model %s is your own, from %s: not checked against any checksum.", name, directory)
        return directory

    def _installed_from_manifest(self) -> Iterator[InstalledModel]:
        for spec in self.manifest.models:
            directory = self._directory / spec.name
            if all(_size_of(directory / file.name) == file.size_bytes for file in spec.files):
                yield InstalledModel(
                    name=spec.name,
                    capability=spec.capability,
                    engine=spec.engine,
                    directory=directory,
                    size_bytes=spec.size_bytes,
                    multilingual=spec.multilingual,
                    pinned=True,
                )

    def _installed_in_folder(self) -> Iterator[InstalledModel]:
        for name in self._folder.names():
            directory = self._folder.find(name)
            # A folder that is named like a known model is a source for `pull`, not a model of its own.
            if directory is None or self.manifest.find(name) or missing_files(directory):
                continue
            yield InstalledModel(
                name=name,
                capability=Capability.TRANSCRIBER,
                engine="whisper",
                directory=directory,
                size_bytes=sum(_size_of(path) or 0 for path in directory.iterdir()),
                multilingual=is_multilingual(directory),
                pinned=False,
            )

    def _sources(self, partial: Path) -> list[Source]:
        makers: dict[str, Source] = {
            "folder": FolderSource(self._settings.folder),
            "hub": HubSource(),
            "index": IndexSource(partial),
        }
        return [makers[name] for name in self._settings.sources]

    def _partial(self, spec: ModelSpec) -> Path:
        return self._directory / f".partial-{spec.name}"

    @contextmanager
    def _locked(self, spec: ModelSpec, progress: Progress) -> Iterator[None]:
        """Hold the model's lock, which the kernel frees when its holder dies."""
        with disk_errors(spec.name, self._directory):
            locks = self._directory / ".locks"
            locks.mkdir(parents=True, exist_ok=True)
            lock = FileLock(locks / f"{spec.name}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                progress(0, spec.size_bytes, f"waiting for another pull of {spec.name}")
                lock.acquire()
            try:
                yield
            finally:
                lock.release()


def _is_sound(target: Path, spec: ModelSpec) -> bool:
    if not target.is_dir():
        return False
    if not is_stamped(target, spec):
        if faults_in(target, spec):
            return False
        remember(target, spec)
    return True


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
