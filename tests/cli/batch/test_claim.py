from pathlib import Path

from surtitle.cli.batch.claim import claimed

WORK = "cli-" + "0" * 64


def test_work_that_came_to_its_end_is_new_work_the_next_time(tmp_path: Path) -> None:
    with claimed(tmp_path, WORK, keep=True) as first:
        assert not first.left_over
    with claimed(tmp_path, WORK, keep=False) as second:
        assert (second.left_over, second.keep) == (False, False)

    assert second.key != first.key
    assert list(tmp_path.iterdir()) == []


def test_work_that_waits_has_its_key_and_stays_where_it_was_to_stay(tmp_path: Path) -> None:
    with claimed(tmp_path, WORK, keep=True) as first:
        first.waits = True
    with claimed(tmp_path, WORK, keep=False) as second:
        assert (second.key, second.keep, second.left_over) == (first.key, True, True)
        second.begin_afresh()
    with claimed(tmp_path, WORK, keep=False) as third:
        assert third.key == second.key != first.key
        third.waits = False

    assert list(tmp_path.iterdir()) == []


def test_the_empty_note_of_an_older_version_is_taken_up(tmp_path: Path) -> None:
    (tmp_path / WORK).touch()
    with claimed(tmp_path, WORK, keep=False) as claim:
        assert (claim.key, claim.left_over) == (WORK, True)
