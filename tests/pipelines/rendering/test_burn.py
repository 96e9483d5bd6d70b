import hashlib
from pathlib import Path

import av
import numpy as np
import pytest
from tests.pipelines.rendering.bench import Bench, ass, ffmpeg, luma, packets, streams

from surtitle.config import RenderingSettings
from surtitle.domain.options import VideoOptions
from surtitle.pipelines.rendering.burn import burn_in
from surtitle.pipelines.rendering.errors import FontLacksScript, NoPicture
from surtitle.pipelines.rendering.progress import RenderProgress

QUICK = VideoOptions(preset="ultrafast")
QUICK_MKV = VideoOptions(preset="ultrafast", container="mkv")


async def test_captions_are_really_drawn(bench: Bench, settings: RenderingSettings) -> None:
    source = bench.clip()
    await burn_in(source, ass("HELLO"), bench.folder / "with.mp4", video=QUICK, settings=settings)
    await burn_in(source, ass(""), bench.folder / "without.mp4", video=QUICK, settings=settings)
    drawn = luma(bench.folder / "with.mp4", 320, 180)
    assert (drawn > 200).sum() > 500
    assert luma(bench.folder / "without.mp4", 320, 180).max() < 50
    # In the middle, where the style puts them.
    assert drawn[:45].max() < 50 < drawn[80:100].max()


async def test_captions_are_drawn_where_no_fonts_are_installed(
    bench: Bench, settings: RenderingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = bench.folder / "fonts.conf"
    nothing.write_text("<fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(nothing))
    output = bench.folder / "out.mp4"
    report = await burn_in(bench.clip(), ass("HELLO"), output, video=QUICK, settings=settings)
    assert report.warnings == ()
    assert (luma(output, 320, 180) > 200).sum() > 500


async def test_sound_is_copied_untouched_and_every_track_stays(
    bench: Bench, settings: RenderingSettings
) -> None:
    source = bench.clip(extra=("-map", "0", "-map", "1", "-map", "1", "-metadata:s:a:1", "language=fra"))
    output = bench.folder / "out.mp4"
    report = await burn_in(source, ass(), output, video=QUICK, settings=settings)
    assert streams(output) == ["video:h264", "audio:aac", "audio:aac"]
    assert packets(output, "0:a:1") == packets(source, "0:a:1")
    with av.open(str(output)) as container:
        assert container.streams.audio[1].language == "fra"
    assert (report.encoder, report.warnings) == ("libx264", ())
    assert report.size_bytes == output.stat().st_size
    assert report.duration_seconds == pytest.approx(1.0, abs=0.1)


async def test_sound_that_mp4_cannot_hold_is_re_encoded_and_said(
    bench: Bench, settings: RenderingSettings
) -> None:
    source = bench.clip("clip.mkv", coding=("-c:v", "libx264", "-c:a", "pcm_s16le"))
    mp4 = await burn_in(source, ass(), bench.folder / "out.mp4", video=QUICK, settings=settings)
    assert streams(mp4.output) == ["video:h264", "audio:aac"]
    assert "pcm_s16le" in mp4.warnings[0]
    mkv = await burn_in(source, ass(), bench.folder / "out.mkv", video=QUICK_MKV, settings=settings)
    assert streams(mkv.output) == ["video:h264", "audio:pcm_s16le"]
    assert mkv.warnings == ()


@pytest.mark.parametrize("unread", [0, 1])
async def test_sound_that_nothing_can_read_is_left_out_and_said(
    bench: Bench, settings: RenderingSettings, unread: int
) -> None:
    source = bench.half_understood(unread=unread)
    left_out = f"Sound track {unread + 1} was left out: nothing here can read it."
    mp4 = await burn_in(source, ass(), bench.folder / "out.mp4", video=QUICK, settings=settings)
    assert streams(mp4.output) == ["video:h264", "audio:aac"]
    changed = (f"Sound track {2 - unread} (pcm_s16le) was re-encoded to AAC: MP4 cannot hold it well.",)
    assert mp4.warnings == (left_out, *changed)
    mkv = await burn_in(source, ass(), bench.folder / "out.mkv", video=QUICK_MKV, settings=settings)
    assert streams(mkv.output) == ["video:h264", "audio:pcm_s16le"]
    assert mkv.warnings == (left_out,)


async def test_metadata_and_chapters_stay(bench: Bench, settings: RenderingSettings) -> None:
    told = bench.folder / "told.txt"
    chapter = "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=Opening\n"
    told.write_text(f";FFMETADATA1\ntitle=A talk\n{chapter}")
    source = bench.folder / "chapters.mkv"
    ffmpeg("-i", str(bench.clip()), "-i", str(told), "-map_metadata", "1", "-c", "copy", str(source))
    output = bench.folder / "out.mp4"
    await burn_in(source, ass(), output, video=QUICK, settings=settings)
    with av.open(str(output)) as container:
        assert container.metadata["title"] == "A talk"
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["Opening"]


@pytest.mark.parametrize("video", [QUICK, QUICK_MKV], ids=["mp4", "mkv"])
async def test_the_same_video_gives_the_same_bytes(
    bench: Bench, settings: RenderingSettings, video: VideoOptions
) -> None:
    source = bench.clip(picture="testsrc2=s={size}:r=25:d={seconds}", extra=("-metadata", "title=T"))
    digests = set()
    for name in ("one", "two"):
        output = bench.folder / f"{name}.{video.container}"
        await burn_in(source, ass(), output, video=video, settings=settings)
        digests.add(hashlib.sha256(output.read_bytes()).hexdigest())
    assert len(digests) == 1


async def test_the_picture_does_not_depend_on_the_number_of_threads(bench: Bench) -> None:
    source = bench.clip(picture="testsrc2=s={size}:r=25:d={seconds}")
    digests = set()
    for threads in (1, 3):
        output = bench.folder / f"{threads}.mp4"
        await burn_in(source, ass(), output, video=QUICK, settings=RenderingSettings(threads=threads))
        # x264 notes its settings, threads among them, in one message (SEI, type 6).
        bare = ("-c", "copy", "-bsf:v", "filter_units=remove_types=6", "-f", "hash", "-")
        digests.add(ffmpeg("-i", str(output), "-map", "0:v", *bare))
    assert len(digests) == 1


async def test_odd_sizes_grow_by_a_pixel_without_a_dark_edge(
    bench: Bench, settings: RenderingSettings
) -> None:
    white = "color=c=white:s={size}:r=25:d={seconds}"
    source = bench.clip("odd.mkv", size="321x179", picture=white, coding=("-c:v", "ffv1", "-an"))
    output = bench.folder / "out.mp4"
    report = await burn_in(source, ass(""), output, video=QUICK, settings=settings)
    assert (report.width, report.height) == (321, 179)
    assert luma(output, 322, 180).min() > 220


async def test_a_picture_on_its_side_is_turned_upright(bench: Bench, settings: RenderingSettings) -> None:
    flat, source = bench.clip(), bench.folder / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", str(flat), "-c", "copy", str(source))
    output = bench.folder / "out.mp4"
    report = await burn_in(source, ass("HELLO"), output, video=QUICK, settings=settings)
    assert (report.width, report.height) == (180, 320)
    assert (luma(output, 180, 320) > 200).sum() > 100


async def test_oblong_pixels_stay_and_letters_keep_their_shape(
    bench: Bench, settings: RenderingSettings
) -> None:
    square = bench.clip("square.mp4", size="320x180")
    oblong = bench.clip("oblong.mp4", size="160x180", extra=("-vf", "setsar=2"))
    for source in (square, oblong):
        target = bench.folder / f"{source.stem}-out.mp4"
        report = await burn_in(source, ass("HELLO"), target, video=QUICK, settings=settings)
        assert (report.width, report.height) == (320, 180)
    wide = np.flatnonzero(luma(bench.folder / "square-out.mp4", 320, 180).max(axis=0) > 128)
    narrow = np.flatnonzero(luma(bench.folder / "oblong-out.mp4", 160, 180).max(axis=0) > 128)
    assert narrow[-1] - narrow[0] == pytest.approx((wide[-1] - wide[0]) / 2, abs=2)
    with av.open(str(bench.folder / "oblong-out.mp4")) as container:
        assert container.streams.video[0].sample_aspect_ratio == 2


async def test_frames_keep_their_own_times(bench: Bench, settings: RenderingSettings) -> None:
    # A phone's frame rate wanders with the light: times on no grid.
    wandering = ("-vf", "setpts='(N/25+0.015*sin(N))/TB'", "-fps_mode", "vfr", "-enc_time_base:v", "1/1000")
    source = bench.clip("phone.mkv", extra=wandering)
    output = bench.folder / "out.mp4"
    await burn_in(source, ass(), output, video=QUICK, settings=settings)
    assert len(_times(source)) == 25
    assert _times(output) == pytest.approx(_times(source), abs=0.002)


def _times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [frame.time or 0.0 for frame in container.decode(video=0)]


async def test_hdr_is_brought_to_standard_colours_and_said(bench: Bench, settings: RenderingSettings) -> None:
    colours = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc:log-level=error"
    hdr = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", colours, "-an")
    source = bench.clip("hdr.mp4", seconds=0.2, coding=hdr, extra=("-pix_fmt", "yuv420p10le"))
    output = bench.folder / "out.mp4"
    report = await burn_in(source, ass(), output, video=QUICK, settings=settings)
    assert "HDR" in report.warnings[0]
    with av.open(str(output)) as container:
        frame = next(container.decode(video=0))
    assert (frame.format.name, frame.color_trc, frame.colorspace) == ("yuv420p", 1, 1)


async def test_sound_alone_is_refused_with_the_way_out(bench: Bench, settings: RenderingSettings) -> None:
    source = bench.clip("memo.m4a", extra=("-vn",))
    with pytest.raises(NoPicture, match="recipe 'subtitles'"):
        await burn_in(source, ass(), bench.folder / "out.mp4", video=QUICK, settings=settings)


async def test_cover_art_is_no_picture(bench: Bench, settings: RenderingSettings) -> None:
    art = ("-c:v", "mjpeg", "-frames:v", "1", "-disposition:v", "attached_pic", "-c:a", "aac")
    source = bench.clip("song.m4a", coding=art, extra=("-f", "mp4"))
    with pytest.raises(NoPicture):
        await burn_in(source, ass(), bench.folder / "out.mp4", video=QUICK, settings=settings)


async def test_characters_that_no_font_draws_are_named(bench: Bench, settings: RenderingSettings) -> None:
    text = "Hello \U0001f389 \U000f0001"
    output = bench.folder / "out.mp4"
    report = await burn_in(bench.clip(), ass(text), output, video=QUICK, settings=settings)
    assert "U+F0001" in report.warnings[0]


async def test_captions_that_would_be_boxes_are_refused(bench: Bench, settings: RenderingSettings) -> None:
    text = "\U000f0001\U000f0002\U000f0003 a"
    with pytest.raises(FontLacksScript, match="soft captions"):
        await burn_in(bench.clip(), ass(text), bench.folder / "out.mp4", video=QUICK, settings=settings)
    assert not (bench.folder / "out.mp4").exists()


async def test_a_font_that_is_not_there_is_said(bench: Bench, settings: RenderingSettings) -> None:
    script = ass("Hello", font="Nonesuch")
    output = bench.folder / "out.mp4"
    report = await burn_in(bench.clip(), script, output, video=QUICK, settings=settings)
    assert report.warnings[0].startswith("The font 'Nonesuch' is not installed")


async def test_progress_rises_to_the_end(bench: Bench, settings: RenderingSettings) -> None:
    seen: list[RenderProgress] = []

    async def listen(progress: RenderProgress) -> None:
        seen.append(progress)

    source = bench.clip(seconds=3)
    output = bench.folder / "out.mp4"
    await burn_in(source, ass(), output, video=QUICK, settings=settings, on_progress=listen)
    fractions = [progress.fraction or 0.0 for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0, abs=0.02)
    assert seen[-1].frames == 75
