"""Which writer does the work."""

from surtitle.config import WritingSettings
from surtitle.engines.writing.openai import OPENAI, OpenAiWriter
from surtitle.engines.writing.writer import Writer
from surtitle.errors import Invalid
from surtitle.observability.metrics import CloudMetrics

EXTRACT = "extract"
"""Nobody writes: the recording's own sentences are picked. Needs no model and sends nothing anywhere."""


class Writers:
    """The writers of this installation."""

    def __init__(self, settings: WritingSettings, cloud: CloudMetrics | None = None) -> None:
        self._known: dict[str, Writer] = {}
        if settings.url is not None:
            self._known[OPENAI] = OpenAiWriter(settings, cloud)

    @property
    def names(self) -> tuple[str, ...]:
        """What can be asked for, the default first."""
        return (*self._known, EXTRACT)

    def named(self, name: str | None = None) -> Writer | None:
        """The writer called `name`, or the installation's own; None where sentences are picked instead.

        Raises `Invalid` for one that there is not.
        """
        wanted = name or self.names[0]
        if wanted == EXTRACT:
            return None
        if wanted not in self._known:
            unset = wanted == OPENAI
            raise Invalid(
                f"There is no writer {wanted[:60]!r} here; choose one of: {', '.join(self.names)}."
                + (" It needs SURTITLE_WRITING__URL and SURTITLE_WRITING__MODEL." if unset else ""),
                field="writer",
            )
        return self._known[wanted]
