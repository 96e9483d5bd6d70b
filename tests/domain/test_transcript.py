import pytest

from surtitle.domain.transcript import Origin, Segment, Transcript, Word, runs_on


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("今天", "去看", True),
        ("今日は", "カタカナ", True),
        ("走吧。", "他来", True),
        ("他说……", "“好", False),
        ("他说“", "好", True),
        ("等等…", "好", True),
        ("好、", "走", True),
        ("我用", "Python", False),
        ("Python", "很好", False),
        ("OK.", "好", False),
        ("안녕", "하세요", False),
        ("สวัสดี", "ครับ", False),
        ("Good", "morning", False),
        ("", "好", False),
    ],
)
def test_chinese_and_japanese_run_on_without_a_space(before: str, after: str, expected: bool) -> None:
    assert runs_on(before, after) is expected


@pytest.mark.parametrize(
    ("segments", "text"),
    [
        (("我们今天", "去看电影。", "OK", "好"), "我们今天去看电影。 OK 好"),
        (("今日は", "晴れ"), "今日は晴れ"),
        (("안녕", "하세요"), "안녕 하세요"),
        (("Good", "morning"), "Good morning"),
    ],
)
def test_between_segments_stands_a_space_only_where_the_script_has_any(
    segments: tuple[str, ...], text: str
) -> None:
    said = tuple(
        Segment(f"s{n}", n, n + 0.5, (Word(f"w{n}", part, n, n + 0.5),)) for n, part in enumerate(segments, 1)
    )
    transcript = Transcript(9.0, "zh", 1.0, Origin("dummy", "", "", ""), said)
    assert transcript.text == text
    assert transcript.segments == said


def test_a_space_that_somebody_wrote_within_a_segment_stays() -> None:
    words = (Word("w1", "我知道", 0.0, 0.5), Word("w2", "但是", 0.5, 1.0))
    transcript = Transcript(9.0, "zh", 1.0, Origin("dummy", "", "", ""), (Segment("s1", 0.0, 1.0, words),))
    assert transcript.text == "我知道 但是"
