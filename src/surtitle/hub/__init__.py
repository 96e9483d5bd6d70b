"""Hints between the parts of an installation: something may have changed, go and look.

The database is the truth. A hint that gets lost costs one poll, never a job.
"""

from surtitle.hub.local import LocalHub
from surtitle.hub.opening import opened
from surtitle.hub.protocol import PATIENCE_SECONDS, QUEUE, Hub, Listener, job_topic

__all__ = ["PATIENCE_SECONDS", "QUEUE", "Hub", "Listener", "LocalHub", "job_topic", "opened"]
