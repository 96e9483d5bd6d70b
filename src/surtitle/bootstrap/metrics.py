"""Which figures a process keeps."""

from collections.abc import Mapping

from surtitle.config import Settings
from surtitle.domain.cloud import CloudService, CloudUnit
from surtitle.observability.metrics import Metrics, Role


def metrics_for(settings: Settings, role: Role = Role.API) -> Metrics:
    """Empty figures of a process in this role, with the names and prices that the settings know."""
    jobs, told = settings.jobs, settings.metrics
    return Metrics(
        role,
        queues=dict.fromkeys((*jobs.queues, *jobs.worker_queues)),
        prices=_prices(settings),
        daily_budget=told.daily_cloud_budget,
    )


def _prices(settings: Settings) -> Mapping[str, Mapping[CloudUnit, float]]:
    """With each model that the settings name of a service which has one price for all of its models."""
    prices = settings.metrics.cloud_prices
    models = {
        CloudService.FAL: (settings.fal.model, *settings.fal.models),
        CloudService.WRITING: (settings.writing.model,),
        CloudService.SPEECH: (settings.speech.model,),
        CloudService.EMBEDDINGS: (settings.embeddings.model,),
    }
    named = {
        f"{service}/{model}": prices[service]
        for service, names in models.items()
        if service in prices
        for model in names
        if model
    }
    return {**named, **prices}
