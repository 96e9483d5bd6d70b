"""Names and contents that were made, or grew, to do harm."""

import shutil
from pathlib import Path

import pytest
from tests.pipelines.rendering.bench import Bench, ass, streams

from surtitle.config import RenderingSettings
from surtitle.domain.options import VideoOptions
from surtitle.errors import StorageFull
from surtitle.media.errors import NotMedia
from surtitle.pipelines.rendering.burn import burn_in
from surtitle.pipelines.rendering.containers import Container
from surtitle.pipelines.rendering.errors import UnreadableVideo
from surtitle.pipelines.rendering.ffmpeg import find_ffmpeg
from surtitle.pipelines.rendering.mux import CaptionTrack, mux_soft
from surtitle.pipelines.rendering.picture import extract_frame
from surtitle.pipelines.rendering.process import run_ffmpeg
from surtitle.pipelines.rendering.source import inspect_source, reading

QUICK = VideoOptions(preset="ultrafast")

NAMES = [
    'it\'s "quoted".mp4',
    "a:b,c;d[e]=f.mp4",
    "back\\slash\\'.mp4",
    "-i.mp4",
    "100%d %03d.mp4",
    "new\nline.mp4",
    "http:\u29f8\u29f8x \U0001f389 é.mp4",
    "n" * 240 + ".mp4",
]


@pytest.mark.parametrize("name", NAMES)
async def test_any_file_name_works(bench: Bench, settings: RenderingSettings, name: str) -> None:
    source = bench.clip().rename(bench.folder / name)
    place = bench.folder / "it's [a] \\ place: 100%d"
    place.mkdir()
    report = await burn_in(source, ass(), place / name, video=QUICK, settings=settings)
    assert streams(report.output) == ["video:h264", "audio:aac"]
    assert [entry.name for entry in place.iterdir()] == [name]


async def test_captions_cannot_become_arguments(bench: Bench, settings: RenderingSettings) -> None:
    track = CaptionTrack("1\n00:00:00,000 --> 00:00:01,000\nHi\n", title="-y 'x':\n;#[chapter]")
    output = bench.folder / "out.mkv"
    await mux_soft(bench.clip(), track, output, container=Container.MKV, settings=settings)
    assert streams(output) == ["video:h264", "audio:aac", "subtitle:subrip"]


def playlists(other: Path) -> dict[str, str]:
    segment = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\nfile://{other}\n#EXT-X-ENDLIST\n"
    return {
        "hls.m3u8": segment,
        "hls.mp4": segment,
        "concat.mp4": f"ffconcat version 1.0\nfile '{other.name}'\n",
        "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"
        "a=rtpmap:96 H264/90000\n",
        "script.avs": f'FFVideoSource("{other}")\n',
        "one-%d.png": "x",
        "talk.mp4": "This is text, renamed.",
        "empty.mp4": "",
    }


@pytest.mark.parametrize("name", playlists(Path("x")))
async def test_files_that_name_other_files_are_refused(
    bench: Bench, settings: RenderingSettings, name: str
) -> None:
    hostile = bench.folder / name
    hostile.write_text(playlists(bench.clip("other.mp4"))[name])
    track = CaptionTrack("1\n00:00:00,000 --> 00:00:01,000\nHi\n")
    output = bench.folder / "out.mkv"
    with pytest.raises(NotMedia):
        await burn_in(hostile, ass(), output, video=QUICK, settings=settings)
    with pytest.raises(NotMedia):
        await mux_soft(hostile, track, output, container=Container.MKV, settings=settings)
    with pytest.raises(NotMedia):
        await extract_frame(hostile, 0, bench.folder / "frame.jpg", settings=settings)
    assert not output.exists()


async def test_a_video_without_its_index_is_refused(bench: Bench, settings: RenderingSettings) -> None:
    whole = bench.clip(seconds=3).read_bytes()
    cut = bench.folder / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NotMedia, match="cut short"):
        await burn_in(cut, ass(), bench.folder / "out.mp4", video=QUICK, settings=settings)


async def test_a_video_that_ends_early_is_rendered_to_its_end_and_said(
    bench: Bench, settings: RenderingSettings
) -> None:
    moving = "testsrc2=s={size}:r=25:d={seconds}"
    whole = bench.clip(seconds=6, picture=moving, extra=("-movflags", "+faststart")).read_bytes()
    cut = bench.folder / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    report = await burn_in(cut, ass(), bench.folder / "out.mp4", video=QUICK, settings=settings)
    assert "claims 6.0 s but ends at" in report.warnings[0]
    assert 1 < report.duration_seconds < 5


async def test_a_full_disk_is_said_and_leaves_nothing(
    bench: Bench, settings: RenderingSettings, small_disk: Path
) -> None:
    noise = "nullsrc=s=640x360:r=25:d=3,geq=random(1)*255:128:128"
    source = bench.clip(seconds=3, picture=noise)
    (small_disk / "filler").write_bytes(bytes(3 * 1024**2))
    with pytest.raises(StorageFull, match="disk ran full"):
        await burn_in(source, ass(), small_disk / "out.mp4", video=QUICK, settings=settings)
    assert [entry.name for entry in small_disk.iterdir()] == ["filler"]


async def test_a_disk_without_room_for_the_captions_is_said(
    bench: Bench, settings: RenderingSettings, small_disk: Path
) -> None:
    source = bench.clip()
    room = shutil.disk_usage(small_disk).free
    (small_disk / "filler").write_bytes(bytes(room - 4096))
    with pytest.raises(StorageFull):
        await burn_in(source, ass("x" * 9000), small_disk / "out.mp4", video=QUICK, settings=settings)
    assert [entry.name for entry in small_disk.iterdir()] == ["filler"]


async def test_ffmpeg_reads_a_file_as_what_it_was_found_to_be(
    bench: Bench, settings: RenderingSettings
) -> None:
    source = bench.clip()
    facts = await inspect_source(source)
    # The file changes its nature after it was looked at.
    source.write_text(f"ffconcat version 1.0\nfile '{bench.clip('other.mp4').name}'\n")
    build = await find_ffmpeg(settings)
    with pytest.raises(UnreadableVideo):
        await run_ffmpeg(
            build.path, [*reading(source, facts), "-f", "null", "-"], folder=bench.folder, source=source
        )
