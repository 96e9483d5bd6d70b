"""The arithmetic behind the published figures. That the benchmarks run: `python -m benchmarks --quick`."""

import numpy as np
import pytest
from benchmarks.mixes import mixed
from benchmarks.report import Report
from benchmarks.scoring import count_words, lost_utterances, score
from benchmarks.sounds import Sound
from benchmarks.ten_people import fair_shares
from benchmarks.timing import in_turns
from benchmarks.utterances import Utterance


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


def test_wrong_missing_and_added_words_are_told_apart() -> None:
    found = score(
        "one small step for a man who came in peace", "One small stop for man who came in peace, indeed!"
    )
    assert (found.words, found.wrong, found.missing, found.added) == (10, 1, 1, 1)
    assert found.rate == pytest.approx(0.3)


def test_an_utterance_is_lost_when_fewer_than_a_third_of_its_words_were_heard() -> None:
    said = ["the cat sat on the mat", "nobody saw it go away", "oh no", "it came back at noon"]
    assert lost_utterances(said, "The cat sat on the mat. It came back at noon.") == [1]
    assert lost_utterances(said, "The cat sat on the mat. Nobody saw. It came back at noon.") == []


def test_notes_and_dashes_are_no_invented_words() -> None:
    assert count_words(" ♪ ... Thank you. - ♪♪ 10 ") == 3


def test_a_seed_always_gives_the_same_mix_and_its_turns_lie_where_it_says() -> None:
    rng = np.random.default_rng(0)
    voices = [
        Utterance(f"clip-{number}", f"speaker-{number % 3}", _tone(rng.uniform(1, 4)), f"text {number}")
        for number in range(30)
    ]
    for seed in (1, 6):  # those with overlaps
        turns, sound, _ = mixed(seed, voices)
        again = mixed(seed, voices)
        assert turns == again[0]
        assert np.array_equal(sound, again[1])
        starts = [turn.start_seconds for turn in turns]
        assert starts == sorted(starts)
        assert turns[-1].end_seconds <= sound.size / 16_000
        assert np.abs(sound).max() <= 1


def _tone(seconds: float) -> Sound:
    return np.sin(np.arange(int(seconds * 16_000), dtype=np.float32) / 10)
