import pytest

from surtitle.media.names import MAX_NAME_BYTES, safe_name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("talk.mp4", "talk.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\talk.mp4", "talk.mp4"),
        ("..", "recording"),
        ("", "recording"),
        ("\0", "recording"),
        ("a\0b.mp4", "ab.mp4"),
        ("two\r\nlines.mp4", "twolines.mp4"),
        ("Vorlesung über Ökologie.mp4", "Vorlesung über Ökologie.mp4"),
        ("🎬 család 👨‍👩‍👧.mp4", "🎬 család 👨‍👩‍👧.mp4"),
        ("evil\u202e4pm.exe", "evil4pm.exe"),
        ("line\u2028break.wav", "linebreak.wav"),
        ("lone\ud800surrogate.wav", "lonesurrogate.wav"),
        ("  spaced   out .mp4 ", "spaced out .mp4"),
        (".hidden", "hidden"),
    ],
)
def test_a_name_is_made_fit_to_be_shown(raw: str, shown: str) -> None:
    assert safe_name(raw) == shown


@pytest.mark.parametrize("letter", ["a", "é", "👩‍🚀"])
def test_a_long_name_keeps_its_extension_and_whole_characters(letter: str) -> None:
    short = safe_name(letter * 300 + ".mp4")
    assert short.endswith(".mp4")
    assert len(short.encode()) <= MAX_NAME_BYTES
    assert not short.removesuffix(".mp4").endswith("\u200d")
    assert set(short.removesuffix(".mp4")) <= set(letter)


def test_a_long_extension_is_no_extension() -> None:
    assert len(safe_name("a." + "x" * 300).encode()) == MAX_NAME_BYTES
