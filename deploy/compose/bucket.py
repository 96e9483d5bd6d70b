"""Writes one object into the store and takes it away again, so that the bucket is there before jobs come.

SeaweedFS makes a bucket when it is first written to; another store's has to exist. Where this fails, its log
says why, and nothing starts that would fail later.
"""

import asyncio

from surtitle.config import Settings
from surtitle.ids import new_id
from surtitle.storage import open_store


async def main() -> None:
    store = open_store(Settings())
    key = f"health/{new_id()}"
    await store.put_bytes(key, b"ready")
    await store.delete(key)


asyncio.run(main())
