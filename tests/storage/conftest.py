from pathlib import Path

import pytest
from tests.servers.seaweedfs import S3Server

from surtitle.config import Settings, StorageSettings
from surtitle.ids import new_id
from surtitle.storage import BucketClient, ObjectStore, open_store


@pytest.fixture
def on_s3(s3: S3Server) -> StorageSettings:
    """A place of the test's own in the bucket of a real S3 server."""
    return s3.settings(f"tests/{new_id().hex}")


@pytest.fixture
def bucket(on_s3: StorageSettings, tmp_path: Path) -> BucketClient:
    opened = open_store(Settings(data_dir=tmp_path, storage=on_s3)).bucket
    assert opened is not None
    return opened


@pytest.fixture(params=["file", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "s3":
        storage = request.getfixturevalue("on_s3")
    elif request.param == "memory":
        storage = StorageSettings(url="memory://")
    else:
        storage = StorageSettings(url=f"file://{tmp_path / 'files'}")
    return open_store(Settings(data_dir=tmp_path, storage=storage))
