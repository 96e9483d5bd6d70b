import pytest

from surtitle.observability.lineage import Lineage, TraceParent, carried, current, line_ids, note, within_span

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_traceparent_is_read_as_the_standard_has_it() -> None:
    assert TraceParent.read(f"00-{TRACE}-{SPAN}-01") == TraceParent(TRACE, SPAN, sampled=True)
    assert TraceParent.read(f"00-{TRACE}-{SPAN}-00") == TraceParent(TRACE, SPAN)
    # A version to come: what is known of it counts.
    assert TraceParent.read(f"cc-{TRACE}-{SPAN}-03-what-will-be") == TraceParent(TRACE, SPAN, sampled=True)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "00",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE}-{SPAN}-0g",
        "00-" + "x" * 100_000,
    ],
)
def test_what_is_no_traceparent_begins_a_trace_here(text: str | None) -> None:
    assert TraceParent.read(text) is None
    fresh = TraceParent.begun_here()
    assert TraceParent.read(str(fresh)) == fresh
    assert not fresh.sampled
    assert fresh != TraceParent.begun_here()


def test_lines_carry_ids_for_as_long_as_the_work_lasts_and_no_longer() -> None:
    parent = f"00-{TRACE}-{SPAN}-01"
    note(job_id="nobody asked for this")
    assert (current(), line_ids()) == (Lineage(), {})
    with carried(Lineage("r-1", parent), project_id="p-1", job_id=None):
        note(job_id="j-1")
        assert line_ids() == {"request_id": "r-1", "trace_id": TRACE, "project_id": "p-1", "job_id": "j-1"}
        with within_span(f"00-{TRACE}-{'1' * 16}-01", shown=True):
            note(step="listening")
            assert line_ids()["span_id"] == "1" * 16
            assert current() == Lineage("r-1", f"00-{TRACE}-{'1' * 16}-01")
        assert "step" not in line_ids()
        assert current() == Lineage("r-1", parent)
    assert (current(), line_ids()) == (Lineage(), {})
