"""All tables, wherever their models stand."""

from surtitle.db import account_models, job_models, models, search_models, voice_models
from surtitle.db.base import Base

__all__ = ["METADATA", "account_models", "job_models", "models", "search_models", "voice_models"]

METADATA = Base.metadata
