"""Segments that begin where another was cut, told by their ids: by whom, and in which revision.

What was heard or imported is numbered without a revision: `s3`. Both kinds of cut number theirs within the
revision, so that no id is ever used twice: a person's edit `s5.1`, a machine `s5.01`.
"""


def persons_cut(revision: int, number: int) -> str:
    """The id of the segment that begins with a person's cut; numbers start from 1."""
    return f"s{revision}.{number}"


def machines_cut(revision: int, number: int) -> str:
    """The same where a machine heard somebody else begin to speak."""
    return f"s{revision}.0{number}"


def is_cut_by_a_person(segment_id: str) -> bool:
    """Whether the segment began with an edit."""
    return "." in segment_id and not is_cut_by_a_machine(segment_id)


def is_cut_by_a_machine(segment_id: str) -> bool:
    """Whether the segment began where a machine cut another."""
    revision, _, number = segment_id.partition(".")
    # Revision 0 is a job's copy of a text from elsewhere: older ones number their cuts there as people do.
    return number.startswith("0") or (revision == "s0" and bool(number))
