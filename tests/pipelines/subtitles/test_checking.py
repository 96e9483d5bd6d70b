from surtitle.domain.cues import Cue, CueSheet
from surtitle.domain.options import SubtitleOptions
from surtitle.pipelines.subtitles import CueFaultKind, check_cues

OPTIONS = SubtitleOptions()


def faults(*cues: Cue) -> list[tuple[int, CueFaultKind]]:
    return [(fault.cue_index, fault.kind) for fault in check_cues(CueSheet("en", cues), OPTIONS)]


def test_good_cues_have_no_faults() -> None:
    assert faults(Cue(0, 1, ("Hello.",)), Cue(1.08, 2.08, ("Hello again.",))) == []


def test_each_fault_is_found_and_told_of_its_cue() -> None:
    assert faults(Cue(0, 2, ("",))) == [(0, CueFaultKind.EMPTY)]
    assert faults(Cue(0, 2, ("a", "b", "c"))) == [(0, CueFaultKind.TOO_MANY_LINES)]
    assert faults(Cue(0, 5, ("x" * 43,))) == [(0, CueFaultKind.LINE_TOO_LONG)]
    assert faults(Cue(0, 0.99, ("Hi.",))) == [(0, CueFaultKind.TOO_SHORT)]
    assert faults(Cue(0, 7.01, ("Hi.",))) == [(0, CueFaultKind.TOO_LONG)]
    assert faults(Cue(0, 1, ("x" * 21,))) == [(0, CueFaultKind.TOO_FAST)]
    assert faults(Cue(0, 2, ("Hi.",)), Cue(1.9, 3, ("Ho.",))) == [(1, CueFaultKind.OVERLAP)]
    assert faults(Cue(0, 2, ("Hi.",)), Cue(2.07, 4, ("Ho.",))) == [(1, CueFaultKind.GAP_TOO_SHORT)]


def test_a_fault_tells_how_far_it_is_from_the_limit() -> None:
    (fault,) = check_cues(CueSheet("en", (Cue(0, 1, ("x" * 40,)),)), OPTIONS)
    assert (fault.value, fault.limit) == (40.0, 20.0)


def test_wide_characters_count_twice_and_combining_marks_not_at_all() -> None:
    assert faults(Cue(0, 5, ("東" * 21,))) == []
    assert faults(Cue(0, 5, ("東" * 22,))) == [(0, CueFaultKind.LINE_TOO_LONG)]
    assert faults(Cue(0, 5, ("e\u0301" * 42,))) == []


def test_the_check_and_the_making_round_a_reading_speed_alike() -> None:
    options = SubtitleOptions(max_chars_per_second=27.999999999999996, min_duration_seconds=0.5)
    assert check_cues(CueSheet("en", (Cue(0, 0.5, ("x" * 14,)),)), options) == []
    assert check_cues(CueSheet("en", (Cue(0, 0.499, ("x" * 14,)),)), options) != []
