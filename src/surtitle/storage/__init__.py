"""Files by key, on a local disk or in any object store, behind one small protocol."""

from surtitle.storage.faults import ObjectDamaged
from surtitle.storage.opening import open_storage, open_store
from surtitle.storage.s3_bucket import BucketClient, StoredPart
from surtitle.storage.sorted_lines import SortedLines
from surtitle.storage.store import ListedObject, ObjectStore, StoredObject

__all__ = [
    "BucketClient",
    "ListedObject",
    "ObjectDamaged",
    "ObjectStore",
    "SortedLines",
    "StoredObject",
    "StoredPart",
    "open_storage",
    "open_store",
]
