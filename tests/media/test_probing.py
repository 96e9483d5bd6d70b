from pathlib import Path

import pytest
from tests.media.streams import Make

from surtitle.media.errors import NoSound, NotMedia
from surtitle.media.probe import require_sound
from surtitle.media.probing import examine

TONE = ("-f", "lavfi", "-i", "sine=d=2:r=48000")
PICTURE = ("-f", "lavfi", "-i", "testsrc=s=320x240:d=2:r=25")


def test_a_film_is_described_by_its_content_not_its_name(film: Path, tmp_path: Path) -> None:
    disguised = film.rename(tmp_path / "notes.txt")
    probe = examine(disguised)
    assert probe.content_type == "video/mp4"
    assert probe.duration_seconds == pytest.approx(2.0, abs=0.05)
    assert probe.video is not None
    assert (probe.video.codec, probe.video.width, probe.video.height) == ("h264", 320, 240)
    assert probe.video.frame_rate == 25.0
    assert [(track.codec, track.sample_rate_hz, track.channels) for track in probe.audio] == [
        ("aac", 48000, 1)
    ]
    assert probe.size_bytes == disguised.stat().st_size


def test_a_rotated_film_has_the_size_that_is_shown(make: Make, film: Path) -> None:
    turned = make("turned.mp4", "-display_rotation", "90", "-i", str(film), "-c", "copy")
    video = examine(turned).video
    assert video is not None
    assert (video.width, video.height, video.rotation) == (240, 320, 270)


def test_tracks_have_languages_titles_and_a_default(make: Make) -> None:
    path = make(
        "two.mkv", *TONE, *TONE, *PICTURE, "-map", "2", "-map", "0", "-map", "1",
        "-metadata:s:a:0", "language=fra", "-metadata:s:a:1", "language=eng",
        "-metadata:s:a:1", "title=Comment\tary", "-disposition:a:0", "0", "-disposition:a:1", "default",
    )  # fmt: skip
    probe = examine(path)
    assert [(track.index, track.language, track.default) for track in probe.audio] == [
        (0, "fra", False),
        (1, "eng", True),
    ]
    assert probe.audio[1].title == "Commentary"
    assert require_sound(probe).index == 1
    assert require_sound(probe, 0).language == "fra"
    with pytest.raises(NoSound, match="Audio track 3 does not exist; the recording has tracks 0 to 1"):
        require_sound(probe, 3)


def test_a_cover_is_no_moving_picture(make: Make) -> None:
    cover = make("cover.png", "-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1")
    song = make(
        "song.mp3", *TONE, "-i", str(cover), "-map", "0", "-map", "1", "-disposition:v", "attached_pic"
    )
    probe = examine(song)
    assert probe.video is None
    assert probe.content_type == "audio/mpeg"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("live.webm", ("-c:a", "libopus", "-f", "webm", "-live", "1")),
        ("raw.aac", ("-c:a", "aac")),
        ("bare.mp3", ("-c:a", "libmp3lame", "-q:a", "9", "-write_xing", "0")),
    ],
)
def test_a_duration_that_no_header_tells_is_worked_out(
    make: Make, name: str, arguments: tuple[str, ...]
) -> None:
    # Half silence, half noise: with a variable bit rate the first frames mislead.
    path = make(name, "-f", "lavfi", "-i", "anoisesrc=d=8,volume='gt(t,4)':eval=frame", *arguments)
    assert examine(path).duration_seconds == pytest.approx(8.0, abs=0.1)


def test_video_without_sound_is_accepted_and_marked(make: Make) -> None:
    probe = examine(make("mute.mp4", *PICTURE))
    assert not probe.has_sound
    with pytest.raises(NoSound, match="no audio track"):
        require_sound(probe)


def test_a_track_declared_empty_has_no_samples(film: Path) -> None:
    probe = examine(film)
    hollow = probe.model_copy(
        update={"audio": (probe.audio[0].model_copy(update={"duration_seconds": 0.0}),)}
    )
    with pytest.raises(NoSound, match="holds no samples"):
        require_sound(hollow)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"It was a dark and stormy night.\n" * 200, "holds text"),
        (b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "playlist"),
        (b"ffconcat version 1.0\nfile '/etc/hostname'\n", "playlist"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nm=audio 5004 RTP/AVP 0\r\n", "playlist"),
        (b"<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'></MPD>", "playlist"),
        (b"\x00\x01\x02\x03" * 1000, "not sound or video"),
    ],
)
def test_what_is_no_recording_is_refused_with_what_it_is(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "renamed.mp4"
    path.write_bytes(content)
    with pytest.raises(NotMedia, match=reason):
        examine(path)


def test_a_playlist_is_refused_even_when_what_it_names_is_there(tmp_path: Path, make: Make) -> None:
    segment = make("segment.ts", *TONE, "-c:a", "aac")
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{segment}\n#EXT-X-ENDLIST\n")
    with pytest.raises(NotMedia, match="playlist"):
        examine(playlist)


def test_a_picture_that_films_do_not_show_is_refused_as_a_picture(make: Make) -> None:
    with pytest.raises(NotMedia, match="JPEG, PNG or WebP"):
        examine(make("still.bmp", "-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1"))


def test_an_mp4_whose_index_is_missing_is_cut_short(film: Path) -> None:
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    with pytest.raises(NotMedia, match="cut short"):
        examine(film)


def test_a_container_of_too_many_streams_is_refused(make: Make) -> None:
    arguments = [*TONE, *(("-map", "0") * 70)]
    with pytest.raises(NotMedia, match="70 streams"):
        examine(make("bomb.mkv", *arguments, "-c:a", "pcm_u8"))


def test_a_picture_of_absurd_size_is_refused_without_decoding_it(tmp_path: Path) -> None:
    path = tmp_path / "vast.y4m"
    path.write_bytes(b"YUV4MPEG2 W20000 H1000 F25:1 Ip A1:1 C420jpeg\nFRAME\n" + bytes(10_000))
    with pytest.raises(NotMedia, match="20000 by 1000"):
        examine(path)


def test_a_recording_that_claims_days_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "slow.au"
    # One sample a second, 8 bits, one channel: 200 kB claim 55 hours.
    fields = (24, 200_000, 2, 1, 1)
    path.write_bytes(b".snd" + b"".join(field.to_bytes(4) for field in fields) + bytes(200_000))
    with pytest.raises(NotMedia, match="56 hours"):
        examine(path)
