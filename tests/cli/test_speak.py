import wave
from pathlib import Path

import av
from tests.cli.conftest import Cli


def test_text_from_standard_input_becomes_a_wave_file_the_same_each_time(cli: Cli) -> None:
    for name in ("a.wav", "b.wav"):
        done = cli("speak", "-", "--out", name, stdin=b"Good morning.")
        assert done.returncode == 0, done.stderr

    with wave.open(str(cli.folder / "a.wav")) as sound:
        assert 0.5 < sound.getnframes() / sound.getframerate() < 3
    assert (cli.folder / "a.wav").read_bytes() == (cli.folder / "b.wav").read_bytes()


def test_the_ending_decides_the_format_and_the_text_the_language(cli: Cli) -> None:
    done = cli("speak", "Guten Morgen, das ist der Anfang.", "--engine", "espeak", "--out", "a.mp3")

    assert done.returncode == 0, done.stderr
    assert "espeak de" in done.stdout
    with av.open(str(cli.folder / "a.mp3")) as container:
        assert container.streams.audio[0].codec_context.name.startswith("mp3")


def test_what_cannot_be_spoken_is_said_before_anything_is_written(cli: Cli) -> None:
    for wish, told in (
        (("Hello", "--out", "a.doc"), "mp3, opus, aac, flac, wav, pcm"),
        (("Bonjour", "--language", "fr", "--voice", "ef_dora"), "speaks Spanish, not French"),
        (("Hello", "--language", "xx"), "'xx' is not a language"),
    ):
        done = cli("speak", *wish)
        assert done.returncode != 0
        assert told in done.stderr
    assert list(cli.folder.glob("*.wav")) == []


def test_voices_are_listed_by_language(cli: Cli) -> None:
    done = cli("speak", "--voices", "--language", "Spanish")

    assert done.returncode == 0, done.stderr
    assert "ef_dora" in done.stdout
    assert "heart" not in done.stdout


def test_nothing_to_say_is_a_fault_of_usage(cli: Cli) -> None:
    done = cli("speak", "  ", "--out", "a.wav")

    assert done.returncode == 2
    assert not (cli.folder / "a.wav").exists()


def test_bytes_that_are_no_text_are_a_fault_of_usage(cli: Cli) -> None:
    for command in ("speak", "film"):
        done = cli(command, "-", stdin="Café.".encode("latin1"))

        assert done.returncode == 2
        assert "no text in UTF-8" in done.stderr
        assert "Traceback" not in done.stderr
    assert list(cli.folder.iterdir()) == []


def test_a_text_that_is_too_long_is_refused_rather_than_cut(cli: Cli) -> None:
    done = cli("speak", "-", stdin=b"Good morning." + b" " * 1024**2 + b"Good night.")

    assert done.returncode == 2
    assert "more than 1,048,576 characters" in done.stderr
    assert not (cli.folder / "speech.wav").exists()


def test_the_sample_is_a_film_with_speech_of_known_text(cli: Cli) -> None:
    done = cli("sample", "--out", "clip.mp4", "--text", "clip.txt")

    assert done.returncode == 0, done.stderr
    with av.open(str(cli.folder / "clip.mp4")) as container:
        assert container.duration is not None
        assert 20 < container.duration / av.time_base < 32
        picture = container.streams.video[0].codec_context
        assert (picture.width, picture.height) == (1280, 720)
        assert len(container.streams.audio) == 1
    assert "Hello, and welcome." in Path(cli.folder / "clip.txt").read_text()
