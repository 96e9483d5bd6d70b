"""From settings to an open store."""

from pathlib import Path

from obstore.store import LocalStore, MemoryStore, from_url

from surtitle.config import Settings
from surtitle.storage.store import ObjectStore


def open_store(settings: Settings) -> ObjectStore:
    """The store that the settings name: by default a folder in the data directory."""
    url = settings.storage_url
    if url is None:
        return _local(settings.storage_directory)
    if url.startswith("file://"):
        return _local(Path(url.removeprefix("file://")))
    if url.startswith("memory://"):
        return ObjectStore(MemoryStore())
    return ObjectStore(from_url(url))


def _local(root: Path) -> ObjectStore:
    root.mkdir(parents=True, exist_ok=True)
    return ObjectStore(LocalStore(root, automatic_cleanup=True), local_root=root.resolve())
