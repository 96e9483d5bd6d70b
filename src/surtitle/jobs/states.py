"""A job's state in the words of the partial indexes."""

from sqlalchemy import ColumnElement, literal

from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState


def in_state(job: type[Job], state: JobState) -> ColumnElement[bool]:
    """Written into the statement: for a value that is sent apart no planner uses an index of one state."""
    return job.state == literal(state.value, literal_execute=True)
