import pytest
from tests.api.installation import Installation

from surtitle.api.downloads import ByteRange, content_disposition, parse_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=5-", ByteRange(5, 100)),
        ("bytes=-10", ByteRange(90, 100)),
        ("bytes=-1000", ByteRange(0, 100)),
        ("bytes=90-1000", ByteRange(90, 100)),
        ("BYTES = 1-2, 7-9", ByteRange(1, 3)),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("lines=1-2", None),
        ("bytes=" + "9" * 5000 + "-", None),
    ],
)
def test_ranges_are_read_as_the_standard_says(header: str, part: ByteRange | None) -> None:
    assert parse_range(header, 100) == part


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0), ("bytes=-5", 0)]
)
def test_a_range_outside_the_file_is_told(header: str, size: int) -> None:
    with pytest.raises(ValueError, match="bytes"):
        parse_range(header, size)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("talk.srt", "attachment; filename=\"talk.srt\"; filename*=UTF-8''talk.srt"),
        ("séance.srt", "attachment; filename=\"seance.srt\"; filename*=UTF-8''s%C3%A9ance.srt"),
        ('a"b\\c.srt', "attachment; filename=\"a_b_c.srt\"; filename*=UTF-8''a%22b%5Cc.srt"),
        ("日本", "attachment; filename=\"file\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC"),
    ],
)
def test_names_survive_in_headers(name: str, header: str) -> None:
    assert content_disposition("attachment", name) == header


async def finished(api: Installation) -> str:
    media = await api.bring("séance 🎬.wav")
    job = await api.start("subtitles", media_id=media["id"])
    await api.finish()
    link: str = job["links"]["artifacts"]
    return f"{link}/subtitles.srt"


async def test_a_file_has_the_name_of_its_recording(api: Installation) -> None:
    answer = await api.client.get(await finished(api))
    assert answer.headers["content-type"] == "application/x-subrip; charset=utf-8"
    assert "filename*=UTF-8''s%C3%A9ance%20%F0%9F%8E%AC.srt" in answer.headers["content-disposition"]
    assert answer.headers["accept-ranges"] == "bytes"


async def test_a_client_that_has_the_file_is_not_sent_it_again(api: Installation) -> None:
    path = await finished(api)
    etag = (await api.client.get(path)).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await api.client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert (await api.client.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_a_range_holds_only_while_the_file_is_the_same(api: Installation) -> None:
    path = await finished(api)
    whole = await api.client.get(path)
    same = {"Range": "bytes=0-3", "If-Range": whole.headers["etag"]}
    part = await api.client.get(path, headers=same)
    assert (part.status_code, part.content) == (206, whole.content[:4])
    assert part.headers["content-range"] == f"bytes 0-3/{len(whole.content)}"
    other = await api.client.get(path, headers={**same, "If-Range": '"other"'})
    assert other.status_code == 200


async def test_a_range_after_the_end_is_a_problem_that_tells_the_size(api: Installation) -> None:
    path = await finished(api)
    size = len((await api.client.get(path)).content)
    answer = await api.client.get(path, headers={"Range": f"bytes={size}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert answer.json()["type"] == "/problems/range-not-satisfiable"


async def test_head_tells_what_get_would_send(api: Installation) -> None:
    path = await finished(api)
    async with api.served() as client:
        got = await client.get(path)
        asked = await client.head(path)
    assert asked.content == b""
    for name in ("content-length", "content-type", "etag", "content-disposition"):
        assert asked.headers[name] == got.headers[name]


async def test_a_file_that_is_gone_is_a_problem_and_no_half_answer(api: Installation) -> None:
    path = await finished(api)
    root = api.services.store.local_root
    assert root is not None
    for file in root.rglob("subtitles.srt"):
        file.unlink()
    answer = await api.client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_large_file_is_streamed_over_a_real_connection(api: Installation) -> None:
    await api.start("captioned-video", media_id=(await api.bring())["id"])
    claim = await api.claim()
    work = await api.work_on(claim)
    data = bytes(range(256)) * 40_000
    await work.save("captioned.mp4", data, media_type="video/mp4")
    await api.queue.succeed(claim, {})
    async with api.served() as client:
        path = f"/api/jobs/{claim.job_id}/artifacts/captioned.mp4"
        assert (await client.get(path)).content == data
        part = await client.get(path, headers={"Range": "bytes=1048570-2097160"})
        assert part.content == data[1048570:2097161]
