"""Reading settings at the start of a command, and setting its log up."""

import logging

from surtitle.cli import notices
from surtitle.config import Settings
from surtitle.observability.logs import configure_logs
from surtitle.observability.notices import FILE_NAME
from surtitle.observability.redaction import hide_secrets_of


def load_settings(*, quiet: bool = False) -> Settings:
    """The settings of this process, with its log on standard error.

    A `quiet` command tells its own story: it logs errors only, unless SURTITLE_LOG__LEVEL says otherwise.
    """
    settings = Settings()
    hide_secrets_of(settings)
    chosen = "level" in settings.log.model_fields_set
    configure_logs(
        settings.log.model_copy(update={"level": "error"}) if quiet and not chosen else settings.log,
        notices=settings.data_dir / FILE_NAME,
    )
    logging.getLogger(notices.__name__).setLevel(logging.WARNING)
    notices.tell()
    return settings
