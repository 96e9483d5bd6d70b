"""The installation's figures as they stand, for a page rather than for Prometheus."""

import logging
from collections.abc import Mapping

from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.figures.parts import installation_parts

log = logging.getLogger(__name__)


class FiguresNow:
    """Reads parts of what Prometheus is told, whether or not it asks."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._parts = {part.name: part for part in installation_parts(database, settings)}

    async def read(self, *names: str) -> Mapping[tuple[str, ...], float]:
        """By a figure's name and the values of its labels. A part that cannot be read is left out."""
        found: dict[tuple[str, ...], float] = {}
        for name in names:
            if (part := self._parts.get(name)) is None:
                continue
            try:
                samples = await part.read()
            except Exception as error:  # noqa: BLE001 - whatever failed in a look, the rest is told
                log.warning("could not read the figures of %s: %s", name, error)
            else:
                found |= {(sample.figure, *sample.labels): sample.value for sample in samples}
        return found
