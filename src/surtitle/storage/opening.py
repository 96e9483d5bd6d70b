"""From settings to an open store."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from obstore.store import AzureStore, GCSStore, LocalStore, MemoryStore, S3Store
from obstore.store import ObjectStore as Backend

from surtitle.config import Settings, StoragePlace, StorageProtocol, StorageSettings
from surtitle.storage.leaving import leave_in_order
from surtitle.storage.s3_bucket import BucketClient
from surtitle.storage.s3_signing import S3Bucket
from surtitle.storage.store import ObjectStore

if TYPE_CHECKING:
    # obstore has these types for the checker alone.
    from obstore.store import AzureConfig, ClientConfig, RetryConfig, S3Config

_MOST_TRIES = 10
_DEFAULT_REGION = "us-east-1"


def open_store(settings: Settings) -> ObjectStore:
    """The store that the settings name: by default a folder in the data directory."""
    return open_storage(settings.effective_storage, settings.storage_directory)


def open_storage(storage: StorageSettings, default_folder: Path) -> ObjectStore:
    """The same for one store among several: `surtitle db move` has two open."""
    leave_in_order()
    place = storage.place(default_folder)
    if place.folder is not None:
        place.folder.mkdir(parents=True, exist_ok=True)
        backend = LocalStore(place.folder, automatic_cleanup=True)
        return ObjectStore(backend, local_root=place.folder.resolve())
    if place.protocol is StorageProtocol.MEMORY:
        return ObjectStore(MemoryStore())
    return ObjectStore(_remote(storage, place), prefix=place.prefix, bucket=_bucket(storage, place))


def _remote(storage: StorageSettings, place: StoragePlace) -> Backend:
    prefix, client, retries = place.prefix or None, _client(storage), _retries(storage)
    if place.protocol is StorageProtocol.GCS:
        return GCSStore(place.bucket, prefix=prefix, client_options=client, retry_config=retries)
    if place.protocol is StorageProtocol.AZURE:
        return AzureStore(
            place.bucket, prefix=prefix, config=_azure(storage), client_options=client, retry_config=retries
        )
    return S3Store(
        place.bucket, prefix=prefix, config=_s3(storage), client_options=client, retry_config=retries
    )


def _s3(storage: StorageSettings) -> "S3Config":
    config: S3Config = {"region": _region(storage)}
    if storage.endpoint is not None:
        config["endpoint"] = storage.endpoint
    if storage.access_key is not None and storage.secret_key is not None:
        config["access_key_id"] = storage.access_key.get_secret_value()
        config["secret_access_key"] = storage.secret_key.get_secret_value()
    return config


def _region(storage: StorageSettings) -> str:
    return storage.region or os.environ.get("AWS_REGION") or _DEFAULT_REGION


def _azure(storage: StorageSettings) -> "AzureConfig":
    config: AzureConfig = {}
    if storage.endpoint is not None:
        config["endpoint"] = storage.endpoint
    if storage.access_key is not None and storage.secret_key is not None:
        config["account_name"] = storage.access_key.get_secret_value()
        config["account_key"] = storage.secret_key.get_secret_value()
    return config


def _client(storage: StorageSettings) -> "ClientConfig":
    client: ClientConfig = {
        # Who sets an address without TLS means it: a store on the same machine or network.
        "allow_http": (storage.endpoint or "").startswith("http://"),
        "connect_timeout": timedelta(seconds=storage.connect_seconds),
        "timeout": timedelta(seconds=storage.request_seconds),
    }
    if storage.ca_file is not None:
        client["root_certificate"] = storage.ca_file.read_bytes()
    return client


def _retries(storage: StorageSettings) -> "RetryConfig":
    return {
        "max_retries": _MOST_TRIES if storage.retry_seconds else 0,
        "retry_timeout": timedelta(seconds=storage.retry_seconds),
        "backoff": {
            "init_backoff": timedelta(milliseconds=100),
            "max_backoff": timedelta(seconds=5),
            "base": 2,
        },
    }


def _bucket(storage: StorageSettings, place: StoragePlace) -> BucketClient | None:
    """What obstore cannot do; None where addresses cannot be signed."""
    if not storage.can_sign:
        return None
    assert storage.access_key is not None
    assert storage.secret_key is not None
    inside = S3Bucket(
        place.bucket,
        _region(storage),
        storage.access_key.get_secret_value(),
        storage.secret_key.get_secret_value(),
        storage.endpoint,
    )
    outside = replace(inside, endpoint=storage.public_endpoint or storage.endpoint)
    return BucketClient(inside, outside, place.prefix, storage)
