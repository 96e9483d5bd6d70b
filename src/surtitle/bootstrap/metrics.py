"""Which figures a process keeps."""

from surtitle.config import Settings
from surtitle.observability.metrics import Metrics, Role


def metrics_for(settings: Settings, role: Role = Role.API) -> Metrics:
    """Empty figures of a process in this role, with the names and prices that the settings know."""
    jobs, told = settings.jobs, settings.metrics
    return Metrics(
        role,
        queues=dict.fromkeys((*jobs.queues, *jobs.worker_queues)),
        prices=told.cloud_prices,
        daily_budget=told.daily_cloud_budget,
    )
