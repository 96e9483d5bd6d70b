"""Files by key, on a local disk or in any object store, behind one small protocol."""

from surtitle.storage.opening import open_store
from surtitle.storage.store import ObjectStore, StoredObject

__all__ = ["ObjectStore", "StoredObject", "open_store"]
