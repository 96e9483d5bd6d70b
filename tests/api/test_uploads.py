import base64
import hashlib

from tests.api.installation import Installation, wav

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
NAME = base64.b64encode("séance.wav".encode()).decode()


async def begin(api: Installation, length: int) -> str:
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": f"filename {NAME}"}
    answer = await api.client.post("/api/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def test_an_upload_goes_on_where_it_stopped_and_becomes_media(api: Installation) -> None:
    sound = wav()
    here = await begin(api, len(sound))
    first = await api.client.patch(here, headers={**BYTES, "Upload-Offset": "0"}, content=sound[:5000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "5000")
    asked = await api.client.head(here, headers=TUS)
    assert (asked.headers["upload-offset"], asked.headers["upload-length"]) == ("5000", str(len(sound)))
    await api.client.patch(here, headers={**BYTES, "Upload-Offset": "5000"}, content=sound[5000:])
    upload = (await api.client.get(here)).json()
    assert upload["complete"]
    media = (await api.client.get(upload["links"]["media"])).json()
    assert (media["name"], media["sha256"]) == ("séance.wav", hashlib.sha256(sound).hexdigest())


async def test_the_first_bytes_may_come_along(api: Installation) -> None:
    sound = wav()
    headers = {**BYTES, "Upload-Length": str(len(sound))}
    answer = await api.client.post("/api/uploads", headers=headers, content=sound)
    assert answer.headers["upload-offset"] == str(len(sound))


async def test_abilities_are_told(api: Installation) -> None:
    answer = await api.client.options("/api/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert "creation" in answer.headers["tus-extension"]
    assert answer.headers["tus-max-size"] == str(api.settings.limits.upload_bytes)


async def test_the_wrong_offset_is_a_conflict(api: Installation) -> None:
    here = await begin(api, 100)
    answer = await api.client.patch(here, headers={**BYTES, "Upload-Offset": "7"}, content=b"x")
    assert answer.status_code == 409
    assert answer.json()["offset"] == 0


async def test_bytes_that_do_not_match_their_checksum_are_dropped(api: Installation) -> None:
    here = await begin(api, 100)
    checksum = "sha1 " + base64.b64encode(hashlib.sha1(b"other").digest()).decode()
    headers = {**BYTES, "Upload-Offset": "0", "Upload-Checksum": checksum}
    assert (await api.client.patch(here, headers=headers, content=b"this")).status_code == 460
    assert (await api.client.head(here, headers=TUS)).headers["upload-offset"] == "0"


async def test_what_is_no_recording_is_told_at_the_end_and_later(api: Installation) -> None:
    text = b"Dear diary, " * 10
    here = await begin(api, len(text))
    answer = await api.client.patch(here, headers={**BYTES, "Upload-Offset": "0"}, content=text)
    assert answer.status_code == 422
    assert "holds text" in (await api.client.get(here)).json()["error"]


async def test_an_upload_can_be_given_up(api: Installation) -> None:
    here = await begin(api, 100)
    assert (await api.client.delete(here, headers=TUS)).status_code == 204
    assert (await api.client.head(here, headers=TUS)).status_code == 404


async def test_other_versions_and_sizes_are_refused(api: Installation) -> None:
    old = await api.client.post("/api/uploads", headers={"Tus-Resumable": "0.2", "Upload-Length": "5"})
    assert old.status_code == 412
    huge = await api.client.post("/api/uploads", headers={**TUS, "Upload-Length": str(2**60)})
    assert huge.status_code == 413
    none = await api.client.post("/api/uploads", headers=TUS)
    assert none.status_code == 422
    assert "Upload-Length" in none.text


async def test_bytes_need_their_content_type(api: Installation) -> None:
    here = await begin(api, 5)
    answer = await api.client.patch(here, headers={**TUS, "Upload-Offset": "0"}, content=b"12345")
    assert answer.status_code == 415
