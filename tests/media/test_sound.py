import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.media.streams import Make

from surtitle.engines.sound import SAMPLE_RATE_HZ, SoundFile
from surtitle.errors import StorageFull
from surtitle.media.errors import NoSound, NotMedia
from surtitle.media.sound import SoundFacts, extract_sound

TONE = ("-f", "lavfi", "-i", "sine=f=440:d=3:r=48000")


def extracted(source: Path, track: int | None = None) -> tuple[SoundFacts, npt.NDArray[np.float32]]:
    output = source.with_suffix(".sound.wav")
    facts = extract_sound(source, output, track)
    with SoundFile(output) as sound:
        assert sound.sample_count == facts.sample_count
        return facts, sound.read(0, sound.sample_count)


def level(samples: npt.NDArray[np.float32], start: float, end: float) -> float:
    return float(np.sqrt(np.mean(np.square(samples[int(start * 16_000) : int(end * 16_000)]))))


def frequency(samples: npt.NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(samples[:SAMPLE_RATE_HZ]))
    return float(spectrum.argmax() * SAMPLE_RATE_HZ / SAMPLE_RATE_HZ)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("aac.mp4", ("-c:a", "aac")),
        ("opus.webm", ("-c:a", "libopus")),
        ("vorbis.ogg", ("-c:a", "libvorbis")),
        ("layer.mp3", ("-c:a", "libmp3lame")),
        ("lossless.flac", ("-c:a", "flac", "-ar", "192000")),
        ("cinema.ac3", ("-c:a", "ac3", "-ac", "6")),
        ("phone.wav", ("-c:a", "pcm_mulaw", "-ar", "8000")),
        ("deep.wav", ("-c:a", "pcm_s24le", "-ar", "96000", "-ac", "8")),
        ("float.wav", ("-c:a", "pcm_f32le", "-ar", "44100", "-ac", "2")),
        ("same.wav", ("-c:a", "pcm_s16le", "-ar", "16000")),
        ("transport.ts", ("-c:a", "aac", "-f", "mpegts")),
    ],
)
def test_any_codec_rate_and_channel_count_gives_the_same_tone(
    make: Make, name: str, arguments: tuple[str, ...]
) -> None:
    facts, samples = extracted(make(name, *TONE, *arguments))
    assert facts.duration_seconds == pytest.approx(3.0, abs=0.06)
    assert frequency(samples[SAMPLE_RATE_HZ:]) == pytest.approx(440, abs=2)
    assert facts.warnings == ()


def test_sixteen_bit_sound_at_sixteen_kilohertz_is_not_changed_by_a_bit(make: Make) -> None:
    source = make(
        "same.wav",
        "-f",
        "lavfi",
        "-i",
        "anoisesrc=d=1:r=16000:a=0.9:seed=1",
        "-c:a",
        "pcm_s16le",
        "-bitexact",
    )
    output = source.with_name("out.wav")
    extract_sound(source, output)
    assert output.read_bytes()[-32_000:] == source.read_bytes()[-32_000:]


def test_a_track_that_starts_late_keeps_its_place(make: Make) -> None:
    source = make("late.mkv", "-f", "lavfi", "-i", "testsrc=d=5", "-itsoffset", "2", *TONE, "-c:a", "flac")
    facts, samples = extracted(source)
    assert facts.duration_seconds == pytest.approx(5.0, abs=0.02)
    assert level(samples, 0, 1.99) == 0.0
    assert level(samples, 2.01, 5) > 0.05


def test_a_gap_in_the_timestamps_is_filled_with_silence(make: Make) -> None:
    # Every packet from 1 s to 2 s is missing, as after a lost connection.
    source = make("gap.mkv", *TONE, "-c:a", "flac", "-bsf:a", "noise=drop='between(pts*tb,1,2)'")
    facts, samples = extracted(source)
    assert facts.duration_seconds == pytest.approx(3.0, abs=0.02)
    assert level(samples, 1.2, 1.9) == 0.0
    assert level(samples, 0.1, 0.9) == pytest.approx(level(samples, 2.2, 2.9), rel=0.05)


def test_overlapping_timestamps_are_trimmed(make: Make) -> None:
    source = make(
        "overlap.nut", *TONE, "-c:a", "pcm_s16le", "-bsf:a", "setts=ts='PTS-if(gte(PTS*TB,1.5),0.5,0)/TB'"
    )
    facts, _samples = extracted(source)
    # Up to a tenth of a second is taken for jitter and left alone.
    assert facts.duration_seconds == pytest.approx(2.5, abs=0.1)


def test_an_impossible_jump_of_the_clock_is_ignored_and_told(make: Make) -> None:
    source = make(
        "jump.nut", *TONE, "-c:a", "flac", "-bsf:a", "setts=ts='PTS+if(gte(PTS*TB,1.5),90000,0)/TB'"
    )
    facts, _samples = extracted(source)
    assert facts.duration_seconds == pytest.approx(3.0, abs=0.02)
    assert "Impossible jumps of the file's clock were ignored: 1." in facts.warnings


def test_a_clock_that_starts_anew_does_not_cost_the_second_half(make: Make) -> None:
    # What a camera leaves that splits its recording, and a person who joins the parts byte by byte.
    part = make("part.ts", *TONE, "-c:a", "aac", "-f", "mpegts")
    joined = part.with_name("joined.ts")
    joined.write_bytes(part.read_bytes() * 2)
    facts, samples = extracted(joined)
    assert facts.duration_seconds == pytest.approx(6.0, abs=0.15)
    assert level(samples, 4, 5.5) > 0.05


@pytest.mark.parametrize("sides", ["c0=c0|c1=0*c0", "c0=0*c0|c1=c0", "c0=c0|c1=0.0005*c0"])
def test_one_dead_channel_does_not_halve_the_other(make: Make, sides: str) -> None:
    # The last has a dead input with crosstalk from the live one, 66 dB below it.
    mono = extracted(make("mono.wav", *TONE, "-af", "volume=7"))[1]
    stereo = extracted(make("half.wav", *TONE, "-af", f"volume=7,pan=stereo|{sides}"))[1]
    assert level(stereo, 1, 2) == pytest.approx(level(mono, 1, 2), rel=0.01)


def test_channels_in_opposite_phase_do_not_cancel_each_other(make: Make) -> None:
    mono = extracted(make("mono.wav", *TONE))[1]
    inverted = extracted(make("inverted.wav", *TONE, "-af", "pan=stereo|c0=c0|c1=-1*c0"))[1]
    assert level(inverted, 1, 2) == pytest.approx(level(mono, 1, 2), rel=0.01)


def test_the_chosen_track_is_decoded_and_the_default_one_otherwise(make: Make) -> None:
    source = make(
        "two.mkv", "-f", "lavfi", "-i", "sine=f=300:d=2", "-f", "lavfi", "-i", "sine=f=900:d=2",
        "-map", "0", "-map", "1", "-disposition:a:0", "0", "-disposition:a:1", "default",
    )  # fmt: skip
    assert frequency(extracted(source)[1]) == pytest.approx(900, abs=2)
    assert frequency(extracted(source, 0)[1]) == pytest.approx(300, abs=2)
    with pytest.raises(NoSound, match="Audio track 2 does not exist"):
        extracted(source, 2)


def test_damage_in_the_middle_is_silent_and_told(make: Make) -> None:
    source = make("damaged.mp3", *TONE, "-c:a", "libmp3lame", "-b:a", "128k")
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    source.write_bytes(data)
    facts, samples = extracted(source)
    assert facts.duration_seconds == pytest.approx(3.0, abs=0.4)
    assert level(samples, 0.1, 1.2) > 0.05
    assert level(samples, 2.0, 2.5) > 0.05


def test_a_film_cut_short_gives_what_is_there_and_says_so(make: Make) -> None:
    source = make("short.mp4", "-f", "lavfi", "-i", "sine=d=20", "-c:a", "aac", "-movflags", "faststart")
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    facts, _samples = extracted(source)
    assert 5 < facts.duration_seconds < 15
    assert any("cut short" in warning for warning in facts.warnings)


def test_a_tenth_of_a_second_is_sound(make: Make) -> None:
    facts, _samples = extracted(make("blip.wav", "-f", "lavfi", "-i", "sine=d=0.1:r=16000"))
    assert facts.sample_count == 1600


def test_a_track_without_samples_is_refused_and_leaves_nothing(make: Make) -> None:
    empty = make("empty.wav", "-f", "lavfi", "-i", "sine=d=1", "-frames:a", "0")
    with pytest.raises(NoSound, match="holds no samples"):
        extract_sound(empty, empty.with_name("out.wav"))
    assert sorted(path.name for path in empty.parent.iterdir()) == ["empty.wav"]


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text " * 100)
    with pytest.raises(NotMedia, match="The file holds text"):
        extract_sound(tmp_path / "a", tmp_path / "out.wav")


def test_work_that_is_stopped_leaves_nothing(make: Make) -> None:
    source = make("long.wav", "-f", "lavfi", "-i", "sine=d=10")
    seen: list[float] = []

    def stop(seconds: float) -> None:
        seen.append(seconds)
        if seconds >= 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        extract_sound(source, source.with_name("out.wav"), on_progress=stop)
    assert seen == pytest.approx([1, 2, 3], abs=0.1)
    assert sorted(path.name for path in source.parent.iterdir()) == ["long.wav"]


def test_a_full_disk_is_told_as_such_and_leaves_nothing(make: Make, small_disk: Path) -> None:
    source = make("hour.flac", "-f", "lavfi", "-i", "sine=d=300:r=16000")
    with pytest.raises(StorageFull, match="No room left"):
        extract_sound(source, small_disk / "out.wav")
    assert list(small_disk.iterdir()) == []


def test_memory_does_not_grow_with_length(make: Make) -> None:
    script = (
        "import resource, sys, pathlib; from surtitle.media.sound import extract_sound\n"
        "extract_sound(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    used = []
    for seconds in (30, 1800):
        source = make(f"{seconds}.wav", "-f", "lavfi", "-i", f"sine=d={seconds}:r=16000")
        command = [sys.executable, "-c", script, str(source), str(source.with_name("out.wav"))]
        used.append(int(subprocess.run(command, check=True, capture_output=True).stdout))
    assert used[1] - used[0] < 20_000  # kilobytes; the longer recording is 57 MB


def test_channels_are_kept_apart_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes(np.tile(np.array([[8000, -4000]], dtype="<i2"), (SAMPLE_RATE_HZ, 1)).tobytes())
    facts = extract_sound(path, tmp_path / "apart.wav", separate_channels=True)
    with SoundFile(tmp_path / "apart.wav") as sound:
        assert (sound.channel_count, sound.sample_count) == (2, facts.sample_count)
        levels = [float(sound.channel(number).read(0, 16_000).mean()) for number in range(2)]
    assert levels == [pytest.approx(8000 / 32768, abs=1e-3), pytest.approx(-4000 / 32768, abs=1e-3)]
