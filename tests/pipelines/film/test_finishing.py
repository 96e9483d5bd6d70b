"""The last pass, by a real ffmpeg: loudness, music under speech, captions, length."""

import re
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from tests.pipelines.film.film_bench import streams_of, write_tone

from surtitle.config import RenderingSettings
from surtitle.domain.cues import Cue, CueSheet
from surtitle.domain.options import CaptionStyle
from surtitle.pipelines.film.finishing import Ingredients, finish
from surtitle.pipelines.subtitles.formats import ass_document

FLAC = ("-c:a", "flac")
TONE = ("-f", "lavfi", "-i", "sine=f=440:d=3:r=48000")
SRT = "1\n00:00:00,500 --> 00:00:02,000\nHello\n\n"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return painted(tmp_path / "picture.mp4", 4.0)


def painted(path: Path, seconds: float) -> Path:
    with av.open(path, "w") as film:
        stream = film.add_stream("libx264", rate=Fraction(10), options={"crf": "40"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for _ in range(int(seconds * 10)):
            frame = np.full((90, 160, 3), 40, dtype=np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        film.mux(stream.encode())
    return path


async def made(ingredients: Ingredients, output: Path) -> dict[str, object]:
    await finish(ingredients, output, settings=RenderingSettings(), target_lufs=-16.0)
    return streams_of(output)


def recorded(path: Path, *arguments: str) -> Path:
    """A recording by ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *arguments, str(path)]
    subprocess.run(command, check=True)
    return path


def loudness(path: Path) -> float:
    done = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", path, "-af", "ebur128", "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", done.stderr)[-1])


def level(path: Path, start: float, end: float, pitch_hz: float) -> float:
    """How strong a tone is within a stretch."""
    with av.open(path) as film:
        resampler = av.AudioResampler("flt", "mono", 16_000)
        frames = [part for frame in film.decode(audio=0) for part in resampler.resample(frame)]
    samples = np.concatenate([frame.to_ndarray().ravel() for frame in frames])
    piece = samples[int(start * 16_000) : int(end * 16_000)]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece))))
    place = int(pitch_hz * len(piece) / 16_000)
    return float(spectrum[place - 2 : place + 3].max() / len(piece))


@pytest.mark.parametrize("spoken_at", [0.02, 0.6])
async def test_a_film_is_as_loud_as_all_others_however_its_voice_was_recorded(
    picture: Path, tmp_path: Path, spoken_at: float
) -> None:
    voice = write_tone(tmp_path / "voice.wav", 4.0, level=spoken_at)
    found = await made(Ingredients(picture, 4.0, voice=voice), tmp_path / "film.mp4")
    assert (found["audio"], found["seconds"]) == (["aac"], pytest.approx(4.0, abs=0.1))
    assert loudness(tmp_path / "film.mp4") == pytest.approx(-16.0, abs=0.7)


async def test_music_gives_way_to_the_voice_and_lasts_as_long_as_the_film(tmp_path: Path) -> None:
    picture = painted(tmp_path / "picture.mp4", 8.0)
    voice = write_tone(tmp_path / "voice.wav", 3.0, pitch_hz=300)
    music = write_tone(tmp_path / "music.wav", 2.0, pitch_hz=1000)
    output = tmp_path / "film.mp4"
    await made(Ingredients(picture, 8.0, voice=voice, music=music), output)
    under_speech, alone = level(output, 1.5, 2.8, 1000), level(output, 4.5, 5.8, 1000)
    assert under_speech < alone / 3
    assert level(output, 1.5, 2.8, 300) > under_speech * 4


async def test_a_film_in_which_nothing_is_heard_has_no_sound(picture: Path, tmp_path: Path) -> None:
    found = await made(Ingredients(picture, 4.0), tmp_path / "film.mp4")
    assert (found["audio"], found["captions"]) == ([], [])


async def test_a_silent_recording_stays_silent(picture: Path, tmp_path: Path) -> None:
    voice = write_tone(tmp_path / "voice.wav", 4.0, level=0.0)
    assert (await made(Ingredients(picture, 4.0, voice=voice), tmp_path / "film.mp4"))["audio"] == ["aac"]


async def test_captions_are_carried_along_or_drawn(picture: Path, tmp_path: Path) -> None:
    soft = await made(Ingredients(picture, 4.0, track=SRT, language="eng"), tmp_path / "soft.mp4")
    assert soft["captions"] == ["mov_text"]
    cues = CueSheet("en", (Cue(0.5, 2.0, ("Hello",)),))
    ass = ass_document(cues, CaptionStyle(), width=160, height=90)
    await made(Ingredients(picture, 4.0, captions=ass), tmp_path / "burned.mp4")
    with av.open(tmp_path / "burned.mp4") as film:
        brightest = [frame.to_ndarray(format="gray").max() for frame in film.decode(video=0)]
    assert brightest[10] > 2 * brightest[30]


async def test_a_short_picture_begins_anew_until_the_voice_ends(tmp_path: Path) -> None:
    picture = painted(tmp_path / "picture.mp4", 1.0)
    voice = write_tone(tmp_path / "voice.wav", 3.5)
    found = await made(Ingredients(picture, 3.5, voice=voice, loops=True), tmp_path / "film.mp4")
    assert found["seconds"] == pytest.approx(3.5, abs=0.15)


async def test_the_same_ingredients_give_the_same_bytes(picture: Path, tmp_path: Path) -> None:
    voice = write_tone(tmp_path / "voice.wav", 4.0)
    for name in ("one.mp4", "two.mp4"):
        await made(Ingredients(picture, 4.0, voice=voice), tmp_path / name)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize("name", ["late.mkv", "late.ts"])
async def test_a_voice_that_begins_late_keeps_its_place(tmp_path: Path, name: str) -> None:
    shown = ("-f", "lavfi", "-i", "testsrc=s=160x90:d=5")
    coded = FLAC if name == "late.mkv" else ("-c:a", "aac")
    voice = recorded(tmp_path / name, *shown, "-itsoffset", "2", *TONE, "-c:v", "libx264", *coded)
    output = tmp_path / "film.mp4"
    await made(Ingredients(painted(tmp_path / "picture.mp4", 5.0), 5.0, voice=voice), output)
    assert level(output, 0.2, 1.8, 440) < 1e-4
    assert level(output, 2.3, 4.8, 440) > 0.02


@pytest.mark.parametrize("name", ["gap.mkv", "gap.ts"])
async def test_a_gap_of_the_voice_stays_silent_however_long(tmp_path: Path, name: str) -> None:
    lost = ("-bsf:a", "noise=drop='between(pts*tb,1,14)'")
    tone = ("-f", "lavfi", "-i", "sine=f=440:d=16:r=48000")
    voice = recorded(tmp_path / name, *tone, *(FLAC if name == "gap.mkv" else ("-c:a", "aac")), *lost)
    output = tmp_path / "film.mp4"
    await made(Ingredients(painted(tmp_path / "picture.mp4", 16.0), 16.0, voice=voice), output)
    assert level(output, 1.5, 13.5, 440) < 1e-4
    assert level(output, 14.3, 15.7, 440) > 0.02


async def test_an_impossible_jump_of_the_clock_does_not_silence_the_voice(tmp_path: Path) -> None:
    jump = ("-bsf:a", "setts=ts='PTS+if(gte(PTS*TB,1.5),90000,0)/TB'")
    voice = recorded(tmp_path / "jump.nut", *TONE, *FLAC, *jump)
    output = tmp_path / "film.mp4"
    await made(Ingredients(painted(tmp_path / "picture.mp4", 3.0), 3.0, voice=voice), output)
    assert level(output, 1.7, 2.9, 440) > 0.02
