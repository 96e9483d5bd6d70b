import hashlib

import av
import pytest
from tests.pipelines.rendering.bench import Bench, ass, ffmpeg, packets, streams

from surtitle.config import RenderingSettings
from surtitle.errors import Invalid
from surtitle.pipelines.rendering.containers import Container
from surtitle.pipelines.rendering.errors import ContainerCannotHold
from surtitle.pipelines.rendering.mux import CaptionTrack, mux_soft

SRT = "1\n00:00:00,100 --> 00:00:00,900\nÀ demain\nsans faute\n\n"
FRENCH = CaptionTrack(SRT, language="fra", title="Français")


@pytest.mark.parametrize(("container", "codec"), [(Container.MP4, "mov_text"), (Container.MKV, "subrip")])
async def test_captions_become_a_labelled_track_and_the_rest_is_copied(
    bench: Bench, settings: RenderingSettings, container: Container, codec: str
) -> None:
    source, output = bench.clip(), bench.folder / f"out.{container}"
    report = await mux_soft(source, FRENCH, output, container=container, settings=settings)
    assert streams(output) == ["video:h264", "audio:aac", f"subtitle:{codec}"]
    assert packets(output, "0:a") == packets(source, "0:a")
    with av.open(str(output)) as opened:
        track = opened.streams.subtitles[0]
        assert track.language == "fra"
        assert track.disposition & av.stream.Disposition.default
        assert "Français" in {track.metadata.get("title"), track.metadata.get("handler_name")}
    assert ffmpeg("-i", str(output), "-map", "0:s", "-f", "srt", "-").decode().strip() == SRT.strip()
    assert (report.encoder, report.warnings) == (None, ())


async def test_styled_captions_fit_matroska_alone(bench: Bench, settings: RenderingSettings) -> None:
    styled = CaptionTrack(ass(), format="ass", language="eng")
    source = bench.clip()
    output = bench.folder / "out.mkv"
    await mux_soft(source, styled, output, container=Container.MKV, settings=settings)
    assert streams(output)[-1] == "subtitle:ass"
    with pytest.raises(Invalid, match="container 'mkv'"):
        await mux_soft(source, styled, bench.folder / "out.mp4", container=Container.MP4, settings=settings)


@pytest.mark.parametrize("container", list(Container))
async def test_silence_gives_an_empty_track(
    bench: Bench, settings: RenderingSettings, container: Container
) -> None:
    output = bench.folder / f"out.{container}"
    await mux_soft(bench.clip(), CaptionTrack(""), output, container=container, settings=settings)
    assert len(streams(output)) == 3


@pytest.mark.parametrize("container", list(Container))
async def test_the_same_video_gives_the_same_bytes(
    bench: Bench, settings: RenderingSettings, container: Container
) -> None:
    source, digests = bench.clip(), set()
    for name in ("one", "two"):
        output = bench.folder / name
        await mux_soft(source, FRENCH, output, container=container, settings=settings)
        digests.add(hashlib.sha256(output.read_bytes()).hexdigest())
    assert len(digests) == 1


async def test_what_mp4_cannot_hold_is_refused_with_the_way_out(
    bench: Bench, settings: RenderingSettings
) -> None:
    source = bench.clip("clip.mkv", coding=("-c:v", "libx264", "-c:a", "pcm_s16le"))
    with pytest.raises(ContainerCannotHold, match="container 'mkv'"):
        await mux_soft(source, FRENCH, bench.folder / "o.mp4", container=Container.MP4, settings=settings)
    picture = bench.clip("vp8.webm", coding=("-c:v", "libvpx", "-c:a", "libopus"))
    with pytest.raises(ContainerCannotHold, match="vp8"):
        await mux_soft(picture, FRENCH, bench.folder / "o.mp4", container=Container.MP4, settings=settings)


@pytest.mark.parametrize(
    ("container", "known", "unread"),
    [(Container.MKV, "pcm_s16le", 0), (Container.MKV, "pcm_s16le", 1), (Container.MP4, "aac", 1)],
)
async def test_sound_that_nothing_can_read_is_left_out_and_said(
    bench: Bench, settings: RenderingSettings, container: Container, known: str, unread: int
) -> None:
    source, output = bench.half_understood(known=known, unread=unread), bench.folder / "out"
    report = await mux_soft(source, FRENCH, output, container=container, settings=settings)
    assert streams(output)[:2] == ["video:h264", f"audio:{known}"]
    assert len(streams(output)) == 3
    assert report.warnings == (f"Sound track {unread + 1} was left out: nothing here can read it.",)


async def test_sound_alone_takes_captions_too(bench: Bench, settings: RenderingSettings) -> None:
    source, output = bench.clip("memo.m4a", extra=("-vn",)), bench.folder / "out.mkv"
    report = await mux_soft(source, FRENCH, output, container=Container.MKV, settings=settings)
    assert streams(output) == ["audio:aac", "subtitle:subrip"]
    assert (report.width, report.height) == (0, 0)


async def test_captions_that_were_there_follow_the_new_ones(
    bench: Bench, settings: RenderingSettings
) -> None:
    first, again = bench.folder / "first.mp4", bench.folder / "again.mkv"
    english = CaptionTrack(SRT, language="eng")
    await mux_soft(bench.clip(), english, first, container=Container.MP4, settings=settings)
    await mux_soft(first, FRENCH, again, container=Container.MKV, settings=settings)
    with av.open(str(again)) as opened:
        assert [track.language for track in opened.streams.subtitles] == ["fra", "eng"]
        default = av.stream.Disposition.default
        assert [bool(track.disposition & default) for track in opened.streams.subtitles] == [True, False]
