from hypothesis import given
from hypothesis import strategies as st

from surtitle.domain.time_shares import time_shares


def test_a_longer_part_gets_more_of_the_time() -> None:
    assert list(time_shares(["to", "gather"], 1.0, 3.0)) == [(1.0, 1.5), (1.5, 3.0)]


@given(
    st.lists(st.text(max_size=5), min_size=1, max_size=9),
    st.floats(0, 1e5),
    st.floats(0, 30),
)
def test_shares_follow_one_another_and_fill_the_time(parts: list[str], start: float, seconds: float) -> None:
    shares = list(time_shares(parts, start, start + seconds))
    assert [begin for begin, _ in shares] == [start, *(end for _, end in shares[:-1])]
    assert shares[-1][1] == start + seconds
    assert all(begin <= end for begin, end in shares)
