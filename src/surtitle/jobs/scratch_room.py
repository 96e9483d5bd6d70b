"""Whether a worker's disk has room for the files of a run."""

import logging
import shutil
from pathlib import Path

log = logging.getLogger(__name__)


class ScratchRoom:
    """Asked before each claim: a worker whose disk is full would fail one job after another."""

    def __init__(self, folder: Path, least_free_bytes: int) -> None:
        self._folder = folder
        self._least_free_bytes = least_free_bytes
        self._was_enough = True

    def is_enough(self) -> bool:
        """Whether a run may begin. Says once in the log when that changes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._folder).free
        enough = free >= self._least_free_bytes
        if enough != self._was_enough:
            self._was_enough = enough
            self._tell(free)
        return enough

    def _tell(self, free_bytes: int) -> None:
        if self._was_enough:
            log.info("the disk of the working files has room again; jobs are taken")
        else:
            log.warning(
                "the disk of the working files has %d bytes left, so no job is taken: free some space, or "
                "lower SURTITLE_LIMITS__FREE_DISK_BYTES",
                free_bytes,
            )
