"""The arithmetic behind the published figures. That the benchmarks run: `python -m benchmarks --quick`."""

import pytest
from benchmarks.report import Report
from benchmarks.ten_people import fair_shares
from benchmarks.timing import in_turns


def test_sides_go_forwards_then_backwards() -> None:
    order: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return float(len(order))

    seconds = in_turns({"a": lambda: side("a"), "b": lambda: side("b")}, pairs=2)
    assert order == ["a", "b", "b", "a", "a", "b", "b", "a"]
    assert seconds == {"a": [1, 4, 5, 8], "b": [2, 3, 6, 7]}


def test_equal_work_has_equal_shares_of_the_whole_time() -> None:
    assert fair_shares([3.0, 3.0, 3.0]) == [9.0, 9.0, 9.0]


def test_short_work_may_expect_to_be_early_and_the_longest_ends_the_whole() -> None:
    assert fair_shares([1.0, 2.0, 5.0]) == [3.0, 5.0, 8.0]


def test_a_missed_aim_is_said_where_it_was_measured_and_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = Report(quick=False)
    report.benchmark("speed", "How fast.")
    report.aim("twice as fast", "as fast", met=False)
    report.end()
    shown = capsys.readouterr().out
    assert "Aim: twice as fast. Found: as fast. **Missed**" in shown
    assert "| `speed` | twice as fast | as fast | Missed |" in shown
