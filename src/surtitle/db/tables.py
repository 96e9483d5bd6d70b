"""All tables, wherever their models stand."""

from surtitle.db import (
    account_models,
    fetch_models,
    figure_models,
    job_models,
    keeping_models,
    kpi_models,
    models,
    notification_models,
    search_models,
    voice_models,
    webhook_models,
)
from surtitle.db.base import Base

__all__ = [
    "METADATA",
    "account_models",
    "fetch_models",
    "figure_models",
    "job_models",
    "keeping_models",
    "kpi_models",
    "models",
    "notification_models",
    "search_models",
    "voice_models",
    "webhook_models",
]

METADATA = Base.metadata
