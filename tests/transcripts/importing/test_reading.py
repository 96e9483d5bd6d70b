import codecs
import tracemalloc
from dataclasses import replace

import pytest

from surtitle.domain.options import SubtitleOptions
from surtitle.domain.transcript import PERSON, OriginKind, Transcript, Word
from surtitle.errors import Invalid, TooLarge
from surtitle.pipelines.subtitles import make_cues, srt_document, vtt_document
from surtitle.transcripts.draft import MAX_WORDS
from surtitle.transcripts.errors import UnreadableSubtitles
from surtitle.transcripts.importing.reading import read_import
from surtitle.transcripts.schema import transcript_json

SRT = """1
00:00:01,000 --> 00:00:03,000
Good morning
everyone

2
00:00:04,000 --> 00:00:05,000
Bye.
"""


def brought(text: str | bytes, duration_seconds: float | None = None) -> Transcript:
    data = text if isinstance(text, bytes) else text.encode()
    return read_import(data, duration_seconds=duration_seconds, language=None)


def spans(transcript: Transcript) -> list[tuple[str, float, float]]:
    return [(word.text, word.start_seconds, word.end_seconds) for word in transcript.words]


def test_a_cues_time_is_shared_out_over_its_words() -> None:
    transcript = brought(SRT)
    assert spans(transcript) == [
        ("Good", 1.0, 1.421), ("morning", 1.421, 2.158), ("everyone", 2.158, 3.0), ("Bye.", 4.0, 5.0),
    ]  # fmt: skip
    assert (transcript.origin.kind, transcript.origin.model) == (OriginKind.IMPORT, "srt")
    assert [segment.id for segment in transcript.segments] == ["s1", "s2"]
    assert transcript.duration_seconds == 5.0


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("我们今天\n去看电影", "我们今天去看电影"),
        ("今日は、\n晴れです。", "今日は、晴れです。"),
        ("我知道 但是\n你呢", "我知道 但是你呢"),
        ("我们用\nPython", "我们用 Python"),
        ("안녕\n하세요", "안녕 하세요"),
        ("- 你好\n- 再见", "- 你好 - 再见"),
    ],
)
def test_lines_of_chinese_and_japanese_go_on_without_a_space(lines: str, text: str) -> None:
    for file in (
        f"1\n00:00:01,000 --> 00:00:03,000\n{lines}\n",
        f"WEBVTT\n\n00:01.000 --> 00:03.000\n{lines}\n",
    ):
        assert brought(file).text == text


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + SRT.encode(),
        SRT.encode("utf-16"),
        SRT.replace("\n", "\r\n").encode(),
        SRT.replace("\n", "\r").encode(),
        SRT.replace("\n\n2", "\n2").encode(),
        SRT.replace("1\n", "", 1).encode(),
        SRT.replace("morning", "\n\nmorning").encode(),
        SRT.replace("00:00:01,000", "0:00:01.0").encode(),
        SRT.replace("Good", "{\\an8}<font color='red'><i>Good</i>").encode(),
        (SRT + "\n3\n00:00:05,000 --> 00:00:05,000\n<i></i>\n").encode(),
    ],
)
def test_what_srt_files_are_like_in_the_wild_is_read(data: bytes) -> None:
    assert spans(brought(data)) == spans(brought(SRT))


def test_overlapping_cues_are_cut_and_cues_at_once_share_their_time() -> None:
    overlap = SRT.replace("00:00:04,000 -->", "00:00:02,000 -->")
    assert spans(brought(overlap))[2:] == [("everyone", 1.579, 2.0), ("Bye.", 2.0, 5.0)]
    at_once = "1\n00:00:00,000 --> 00:00:02,000\nabcd\n\n2\n00:00:00,000 --> 00:00:01,000\nefgh\n"
    assert spans(brought(at_once)) == [("abcd", 0.0, 1.0), ("efgh", 1.0, 2.0)]


def test_webvtt_is_read_with_speakers_notes_and_escapes() -> None:
    transcript = brought(
        "WEBVTT - a title\nKind: captions\n\nNOTE not said\n00:09 is no time\n\n"
        "STYLE\n::cue { color: red }\n\n"
        "intro\n00:01.000 --> 00:02.000 align:start\n"
        "<v Ann &amp; Bob>a &lt;b&gt; <00:01.500><c.x>c</c></v>\n\n"
        "01:00:00.000 --> 01:00:01.000\nlate\n"
    )
    assert transcript.text == "a <b> c late"
    assert [segment.speaker for segment in transcript.segments] == ["Ann & Bob", None]
    assert transcript.duration_seconds == 3601.0


def test_what_surtitle_wrote_comes_back(transcript: Transcript) -> None:
    cues = make_cues(transcript, SubtitleOptions())
    assert brought(vtt_document(cues)).text == transcript.text
    assert brought(srt_document(cues)).text.replace(" ", "") == transcript.text.replace(" ", "")


def test_a_document_keeps_its_origins_and_gets_new_ids(transcript: Transcript) -> None:
    edited = replace(
        transcript,
        origins={PERSON: replace(transcript.origin, kind=OriginKind.PERSON)},
        segments=(replace(transcript.segments[0], id="s9", words=(Word("w2.1", "x", 1, 2, origin=PERSON),)),),
    )
    back = brought(transcript_json(edited))
    assert back.words == (Word("w1", "x", 1, 2, origin=PERSON),)
    assert (back.origin, back.origins) == (edited.origin, edited.origins)


def test_a_recording_ends_the_last_cue() -> None:
    assert brought(SRT, 4.5).words[-1].end_seconds == 4.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"1\n00:00:01,000 --> 00:00:02,000\ncaf\xe9\n", "Line 3: the byte 0xe9 is not UTF-8"),
        (SRT.replace("00:00:05,000", "00:00:03,000"), "Line 7: the cue ends at 3.0 s, before"),
        (SRT.replace("00:00:04,000 -->", "0x4 -->"), "Line 7: .* is no line of times"),
        ("Hello\n" + SRT, "Line 1: 'Hello' stands before"),
        ("WEBVTT\n\nHello\nthere\n", "Line 3: 'Hello' is no cue"),
        ("WEBVTT\n", "no cue with text"),
        ("", "neither SubRip"),
        ("\x00\x01", "neither SubRip"),
        ("{", "not JSON"),
        ('{"schema_version": 1, "text": "\\ud800"}', "not JSON|damaged"),
        ("[" * 100_000, "neither"),
        ('{"a":' * 100_000, "not JSON"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_line(text: str | bytes, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        brought(text)


@pytest.mark.parametrize(
    ("found", "put", "message"),
    [
        (b'"start_seconds": 1.3,', b'"start_seconds": 0.1,', "'w3' stands at 0.1 to 1.6"),
        (b'"end_seconds": 6.0,\n', b'"end_seconds": 9.0,\n', "end by 8.0"),
        (b'"glued": true', b'"glued": true, "origin": "nobody"', "'nobody'"),
        (b'"language": "en"', b'"language": "xx"', "not a language"),
    ],
)
def test_a_document_that_runs_backwards_is_refused(
    transcript: Transcript, found: bytes, put: bytes, message: str
) -> None:
    data = transcript_json(transcript)
    assert found in data
    with pytest.raises(UnreadableSubtitles, match=message):
        brought(data.replace(found, put))


def test_no_line_takes_long() -> None:
    for evil in ("<i" * 50_000, "<v " * 50_000, "{\\" * 50_000, "&" * 50_000):
        assert brought(f"WEBVTT\n\n00:01.000 --> 00:02.000\na {evil}\n").words


@pytest.mark.parametrize(
    "data",
    [
        "1\n00:00:00,000 --> 00:00:01,000\n" + "a " * (MAX_WORDS + 1),
        "1\n00:00:00,000 --> 00:00:01,000\na\n" * 600_000,
        '{"schema_version": 1, "segments": [' + "{}," * (MAX_WORDS * 5 // 4) + "{}]}",
        '{"schema_version": 1, "more": [' + "[]," * (MAX_WORDS * 5 // 4) + "[]]}",
        '{"schema_version": 1, "more": [' + "1," * 13 * MAX_WORDS + "1]}",
    ],
)
def test_more_than_a_document_holds_is_refused_before_it_is_made(data: str) -> None:
    sent = data.encode()
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            brought(sent)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * len(sent)
