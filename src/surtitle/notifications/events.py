"""What is told of, beside people's accounts."""

from enum import StrEnum

from surtitle.jobs.milestones import JobMilestone

MAIL = "mail"
APPRISE = "apprise"


class Event(StrEnum):
    """The names that preferences, channels and letters have for it."""

    JOB_CREATED = "job_created"
    JOB_COMPLETED = "job_completed"
    JOB_FAILED = "job_failed"
    JOB_CANCELLED = "job_cancelled"
    QUOTA = "quota"


EVENT_OF = {
    JobMilestone.JOB_CREATED: Event.JOB_CREATED,
    JobMilestone.JOB_SUCCEEDED: Event.JOB_COMPLETED,
    JobMilestone.JOB_FAILED: Event.JOB_FAILED,
    JobMilestone.JOB_CANCELLED: Event.JOB_CANCELLED,
}
MAILED = (Event.JOB_CREATED, Event.JOB_COMPLETED, Event.JOB_FAILED, Event.QUOTA)
"""Of these people get mails, unless they do not want them. Who cancels a job knows it already."""
TOLD_BY_JOBS = frozenset(EVENT_OF.values())
TEST = "test"
"""The kind of a message that only shows that it arrives."""
