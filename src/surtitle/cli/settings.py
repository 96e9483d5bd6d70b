"""Reading settings at the start of a command, and setting its log up."""

import logging

from surtitle.cli import notices
from surtitle.config import LogSettings, Settings
from surtitle.observability.logs import configure_logs


def load_settings(*, quiet: bool = False) -> Settings:
    """The settings of this process, with its log on standard error.

    A `quiet` command tells its own story: it logs errors only, unless SURTITLE_LOG__LEVEL says otherwise.
    """
    settings = Settings()
    chosen = "level" in settings.log.model_fields_set
    configure_logs(
        LogSettings(format=settings.log.format, level="error") if quiet and not chosen else settings.log
    )
    logging.getLogger(notices.__name__).setLevel(logging.WARNING)
    notices.tell()
    return settings
