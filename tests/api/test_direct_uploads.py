"""Recordings past the server into a real bucket, and back from there."""

import re
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.installation import Installation, installed, wav
from tests.api.people import Somebody, person
from tests.servers.seaweedfs import S3Server
from tests.usage.ledger import limit

from surtitle.config import ServerSettings
from surtitle.ids import new_id
from surtitle.storage import open_storage

SOUND = wav()


@pytest.fixture
async def clustered(tmp_path: Path, s3: S3Server) -> AsyncIterator[Installation]:
    """An installation whose files are in a bucket that its clients reach too."""
    storage = s3.settings(f"tests/{new_id().hex}", direct_uploads=True, redirect_downloads=True)
    async with installed(
        tmp_path / "data", server=ServerSettings(auth="required"), storage=storage
    ) as installation:
        yield installation


async def in_the_bucket(method: str, url: str, content: bytes | None = None) -> httpx.Response:
    """What a client sends to the store itself: none of our credentials go there."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.request(method, url, content=content)


async def begun(who: Somebody, **wish: Any) -> Any:
    return await who.does("/api/direct-uploads", {"name": "séance.wav", "size_bytes": len(SOUND), **wish})


async def brought(who: Somebody) -> Any:
    upload = await begun(who, sha256=sha256(SOUND).hexdigest())
    for part in upload["parts"]:
        assert (await in_the_bucket("PUT", part["url"], SOUND)).is_success
    return await who.does(upload["links"]["complete"], status=200)


async def test_a_recording_goes_to_the_bucket_and_comes_from_there(clustered: Installation) -> None:
    ana = await person(clustered)
    upload = await begun(ana)
    assert (upload["part_count"], upload["missing_count"], upload["media_id"]) == (1, 1, None)
    early = await ana.asks("POST", upload["links"]["complete"])
    assert (early.status_code, early.json()["type"]) == (409, "/problems/parts-missing")
    done = await brought(ana)
    media = await ana.gets(done["links"]["media"])
    assert (media["name"], media["sha256"]) == ("séance.wav", sha256(SOUND).hexdigest())
    sent_on = await ana.asks("GET", media["links"]["content"])
    assert sent_on.status_code == 307
    assert sent_on.headers["cache-control"] == "private, no-store"
    file = await in_the_bucket("GET", sent_on.headers["location"])
    assert file.content == SOUND
    assert file.headers["content-type"] == media["content_type"]
    assert "filename*=UTF-8''s%C3%A9ance.wav" in file.headers["content-disposition"]


async def test_a_key_that_the_client_would_send_along_is_never_sent_to_the_store(
    clustered: Installation,
) -> None:
    ana = await person(clustered)
    content = f"/api/media/{(await brought(ana))['media_id']}/content"
    key = await ana.does(f"{ana.home}/keys", {"name": "reader"})
    answer = await clustered.client.get(content, headers={"X-API-Key": key["key"]})
    assert (answer.status_code, answer.content) == (200, SOUND)


async def test_a_link_leads_on_to_the_bucket_and_a_mere_head_does_not(clustered: Installation) -> None:
    ana = await person(clustered)
    media = (await brought(ana))["media_id"]
    link = (await ana.does(f"/api/media/{media}/link", status=200))["url"]
    followed = await clustered.client.get(link)
    assert followed.status_code == 307
    assert (await in_the_bucket("GET", followed.headers["location"])).content == SOUND
    head = await clustered.client.head(link)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(SOUND)))
    known = await clustered.client.get(link, headers={"If-None-Match": head.headers["etag"]})
    assert known.status_code == 304


async def test_nobody_else_sees_ends_or_completes_an_upload(clustered: Installation) -> None:
    ana, eve = await person(clustered), await person(clustered, "eve@example.org")
    here = (await begun(ana))["links"]["self"]
    for method, path in (("GET", here), ("POST", f"{here}/complete"), ("DELETE", here)):
        assert (await eve.asks(method, path)).status_code == 404
        assert (await clustered.client.request(method, path)).status_code == 401
    assert (await ana.asks("DELETE", here)).status_code == 204
    assert "given up" in (await ana.gets(here))["error"]


async def test_what_is_announced_counts_against_the_quota_as_if_it_had_come(clustered: Installation) -> None:
    ana = await person(clustered)
    await limit(clustered.services.database, ana.project_id, storage_bytes=len(SOUND) * 3 // 2)
    first = await begun(ana)
    refused = await ana.asks("POST", "/api/direct-uploads", json={"name": "b.wav", "size_bytes": len(SOUND)})
    assert (refused.status_code, refused.json()["type"]) == (402, "/problems/storage-used-up")
    await ana.asks("DELETE", first["links"]["self"])
    await begun(ana)


async def test_an_erased_person_leaves_no_upload_behind(clustered: Installation) -> None:
    ana = await person(clustered)
    await brought(ana)
    open_upload = await begun(ana)
    assert (await in_the_bucket("PUT", open_upload["parts"][0]["url"], SOUND)).is_success
    answer = await ana.asks("DELETE", "/api/users/me")
    assert answer.status_code == 200, answer.text
    store = clustered.services.store
    assert store.bucket is not None
    assert [key async for key in store.keys("media")] == []
    assert [upload async for upload in store.bucket.open_uploads()] == []


async def test_transcript_key_is_the_key_of_an_object_in_the_bucket(
    clustered: Installation, s3: S3Server, tmp_path: Path
) -> None:
    """Any S3 client reads it there, as Grabadora's people do."""
    ana = await person(clustered)
    answer = await ana.asks("POST", "/transcribe", files={"file": ("talk.wav", SOUND)})
    job = answer.json()["job_id"]
    await clustered.finish()
    told = (await ana.asks("GET", f"/transcribe/{job}")).text
    key = re.search(r'"transcript_key": ?"(.+?)"', told)
    assert key, told
    whole_bucket = open_storage(s3.settings(), tmp_path)
    assert b"Ask not what your country" in await whole_bucket.read(key[1])


async def test_an_installation_without_a_bucket_names_the_other_ways(api: Installation) -> None:
    answer = await api.client.post("/api/direct-uploads", json={"name": "a.wav", "size_bytes": 9})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/direct-uploads-off")
    assert (await api.client.get("/api/direct-uploads/0123")).status_code == 404
