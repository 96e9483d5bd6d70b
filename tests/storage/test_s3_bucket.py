"""Signed addresses in a real bucket: what they open, and for whom not."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.servers.faulty_proxy import Fault, faulty_proxy
from tests.servers.seaweedfs import REGION, S3Server

from surtitle.clock import utc_now
from surtitle.config import MIB, StorageSettings
from surtitle.errors import NotFound, Unavailable
from surtitle.ids import new_id
from surtitle.storage import BucketClient
from surtitle.storage.faults import StoreAway
from surtitle.storage.s3_signing import S3Bucket

PART_BYTES = 5 * MIB
HOUR = 3600


def at(s3: S3Server, **other: str) -> S3Bucket:
    told = {"access_key": s3.access_key, "secret_key": s3.secret_key, "endpoint": s3.endpoint, **other}
    return S3Bucket(s3.bucket, REGION, **told)


async def asked(method: str, url: str, content: bytes | None = None) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.request(method, url, content=content)


async def sent(bucket: BucketClient, key: str, upload: str, number: int, data: bytes) -> httpx.Response:
    return await asked("PUT", bucket.part_link(key, upload, number, len(data)), data)


async def test_parts_that_clients_send_become_one_object(bucket: BucketClient) -> None:
    upload = await bucket.begin("film")
    # Out of order and at once, one of them twice.
    numbers = [2, 1, 1]
    answers = await asyncio.gather(
        *(sent(bucket, "film", upload, number, bytes([number]) * PART_BYTES) for number in numbers),
        sent(bucket, "film", upload, 3, b"end"),
    )
    assert {answer.status_code for answer in answers} == {200}
    parts = await bucket.parts("film", upload)
    assert [(part.number, part.size_bytes) for part in parts] == [(1, PART_BYTES), (2, PART_BYTES), (3, 3)]
    await bucket.complete("film", upload, parts)
    link = bucket.link("film", disposition='attachment; filename="talk.mp4"', media_type="video/mp4")
    got = await asked("GET", link)
    assert got.content == b"\1" * PART_BYTES + b"\2" * PART_BYTES + b"end"
    assert got.headers["content-type"] == "video/mp4"
    assert got.headers["content-disposition"] == 'attachment; filename="talk.mp4"'
    with pytest.raises(NotFound):
        await bucket.parts("film", upload)


async def test_a_part_of_another_size_is_refused(bucket: BucketClient) -> None:
    upload = await bucket.begin("film")
    for data in (b"four", b"six   "):
        assert (await asked("PUT", bucket.part_link("film", upload, 1, 5), data)).status_code == 403
    assert await bucket.parts("film", upload) == []


async def test_a_link_opens_one_object_to_one_method_and_nothing_else(s3: S3Server) -> None:
    here = at(s3)
    assert (await asked("PUT", here.signed("PUT", "one", HOUR), b"1")).is_success
    assert (await asked("PUT", here.signed("PUT", "two", HOUR), b"2")).is_success
    link = here.signed("GET", "one", HOUR)
    assert (await asked("GET", link)).content == b"1"
    tampered = [
        link.replace("/one?", "/two?"),
        link.replace("X-Amz-Expires=3600", "X-Amz-Expires=3601"),
        link + "&versionId=1",
        link[:-1] + ("0" if link[-1] != "0" else "1"),
        link.split("?")[0],
    ]
    for changed in tampered:
        assert (await asked("GET", changed)).status_code == 403, changed
    for method in ("PUT", "DELETE"):
        assert (await asked(method, link, b"3" if method == "PUT" else None)).status_code == 403
    assert (await asked("GET", link)).content == b"1"


async def test_a_link_ends_when_it_says(s3: S3Server) -> None:
    here, made = at(s3), utc_now() - timedelta(minutes=5)
    assert (await asked("PUT", here.signed("PUT", "one", HOUR), b"1")).is_success
    assert (await asked("GET", here.signed("GET", "one", 600, now=made))).is_success
    expired = await asked("GET", here.signed("GET", "one", 60, now=made))
    assert expired.status_code == 403
    assert "expired" in expired.text


async def test_a_link_of_another_key_pair_opens_nothing(s3: S3Server) -> None:
    for other in (at(s3, secret_key="guessed"), at(s3, access_key="somebody")):
        assert (await asked("GET", other.signed("GET", "started", HOUR))).status_code == 403


async def test_keys_with_any_character_are_signed_right(s3: S3Server) -> None:
    key = "a b/ä+ö~(1)&x=y?#%41.txt"
    assert (await asked("PUT", at(s3).signed("PUT", key, HOUR), b"odd")).is_success
    assert (await asked("GET", at(s3).signed("GET", key, HOUR))).content == b"odd"


def test_amazons_own_buckets_have_a_host_each_and_links_lead_to_where_clients_are() -> None:
    amazon = S3Bucket("films", "eu-west-3", "key", "secret")
    link = urlsplit(amazon.signed("GET", "a/b", 60))
    assert (link.netloc, link.path) == ("films.s3.eu-west-3.amazonaws.com", "/a/b")
    assert parse_qs(link.query)["X-Amz-SignedHeaders"] == ["host"]
    assert "secret" not in repr(amazon)


async def test_only_uploads_below_the_own_prefix_are_seen_and_dropped(
    s3: S3Server, bucket: BucketClient
) -> None:
    elsewhere = at(s3)
    begun = await asked("POST", elsewhere.signed("POST", "of-somebody-else", HOUR, query={"uploads": ""}))
    assert begun.is_success
    mine = await bucket.begin("media/mine")
    assert [upload.upload_id async for upload in bucket.open_uploads()] == [mine]
    await bucket.abort_abandoned(timedelta(0))
    assert [upload async for upload in bucket.open_uploads()] == []
    theirs = await asked("GET", elsewhere.signed("GET", "", HOUR, query={"uploads": ""}))
    assert "of-somebody-else" in theirs.text
    await bucket.abort("media/mine", mine)  # once more is no fault


async def test_without_a_prefix_only_keys_of_ours_are_dropped(s3: S3Server, on_s3: StorageSettings) -> None:
    here = at(s3)
    bucket = BucketClient(here, here, "", on_s3)
    begun = {key: await bucket.begin(key) for key in ("backups/of-somebody-else", f"jobs/{new_id()}/film")}
    await bucket.abort_abandoned(timedelta(0))
    left = {upload.upload_id async for upload in bucket.open_uploads()} & set(begun.values())
    assert left == {begun["backups/of-somebody-else"]}
    await bucket.abort("backups/of-somebody-else", begun["backups/of-somebody-else"])


async def test_a_store_that_is_away_or_refuses_is_told_without_the_signed_address(
    s3: S3Server, on_s3: StorageSettings
) -> None:
    for wrong in ({"endpoint": "http://127.0.0.1:9"}, {"access_key": "nobody"}):
        settings = StorageSettings.model_validate({**on_s3.model_dump(exclude_unset=True), **wrong})
        reached = at(s3, **wrong)
        with pytest.raises(Unavailable) as told:
            await BucketClient(reached, reached, "", settings).begin("film")
        assert "X-Amz" not in str(told.value)
        assert isinstance(told.value, StoreAway) is ("endpoint" in wrong)


async def test_a_store_that_fails_for_now_is_away(s3: S3Server, on_s3: StorageSettings) -> None:
    with faulty_proxy(("127.0.0.1", urlsplit(s3.endpoint).port or 0)) as proxy:
        proxy.fault = Fault(status=503)
        settings = StorageSettings.model_validate(
            {**on_s3.model_dump(exclude_unset=True), "endpoint": proxy.before(s3.endpoint)}
        )
        reached = at(s3, endpoint=proxy.before(s3.endpoint))
        with pytest.raises(StoreAway, match="503"):
            await BucketClient(reached, reached, "", settings).begin("film")
