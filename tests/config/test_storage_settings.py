from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from surtitle.config import Settings, StoragePlace, StorageProtocol, StorageSettings

HERE = Path("files")
KEYS = {"access_key": "key", "secret_key": "tell-nobody"}


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({}, StoragePlace(StorageProtocol.LOCAL, folder=HERE)),
        ({"protocol": "file"}, StoragePlace(StorageProtocol.LOCAL, folder=HERE)),
        (
            {"url": "file:///srv/my%20files"},
            StoragePlace(StorageProtocol.LOCAL, folder=Path("/srv/my files")),
        ),
        ({"url": "memory://"}, StoragePlace(StorageProtocol.MEMORY)),
        ({"url": "s3://films"}, StoragePlace(StorageProtocol.S3, "films")),
        ({"url": "s3://films/a/", "prefix": "/b/"}, StoragePlace(StorageProtocol.S3, "films", "a/b")),
        ({"protocol": "s3"}, StoragePlace(StorageProtocol.S3, "surtitle")),
        ({"url": "gs://films/a"}, StoragePlace(StorageProtocol.GCS, "films", "a")),
        ({"url": "az://films/a"}, StoragePlace(StorageProtocol.AZURE, "films", "a")),
    ],
)
def test_every_way_to_name_a_store_leads_to_its_place(told: dict[str, Any], place: StoragePlace) -> None:
    assert StorageSettings.model_validate(told).place(HERE) == place


@pytest.mark.parametrize(
    ("told", "advice"),
    [
        ({"url": "ftp://films"}, "begin it with file://"),
        ({"url": "/srv/files"}, "begin it with file://"),
        ({"url": "s3://"}, "name the bucket"),
        ({"url": "s3://key:tell-nobody@films"}, "storage.secret_key"),
        ({"url": "s3://films", "protocol": "gcs"}, "different stores"),
        ({"endpoint": "minio:9000"}, "https://s3.example.org"),
        ({"access_key": "key"}, "together"),
    ],
)
def test_what_is_no_store_is_refused_with_what_to_write_instead(told: dict[str, Any], advice: str) -> None:
    with pytest.raises(ValidationError, match=advice):
        StorageSettings.model_validate(told)


def test_an_empty_endpoint_is_amazons() -> None:
    told = StorageSettings(url="s3://films", endpoint="", public_endpoint="")
    assert (told.endpoint, told.public_endpoint) == (None, None)


def test_the_older_variable_means_the_same_and_may_not_contradict() -> None:
    both = Settings(storage_url="s3://films", storage=StorageSettings.model_validate(KEYS))
    assert both.effective_storage.place(HERE).bucket == "films"
    assert both.effective_storage.can_sign
    with pytest.raises(ValidationError, match="different stores"):
        Settings(storage_url="s3://films", storage=StorageSettings(url="s3://others"))


@pytest.mark.parametrize("what", ["direct_uploads", "redirect_downloads"])
def test_signed_addresses_need_a_store_that_can_sign(what: str) -> None:
    on = {what: True, "url": "s3://films"}
    assert Settings(storage=StorageSettings.model_validate({**on, **KEYS}))
    for lacking in (on, {**on, **KEYS, "url": "gs://films"}, {what: True}):
        with pytest.raises(ValidationError, match="need an S3 store"):
            Settings(storage=StorageSettings.model_validate(lacking))
