"""Sentences that were learned before logging was set up, and are told once it is."""

import logging

log = logging.getLogger(__name__)

_waiting: list[str] = []


def add(sentences: list[str]) -> None:
    _waiting.extend(sentences)


def tell() -> None:
    """Log what waits, once."""
    while _waiting:
        log.warning("%s", _waiting.pop(0))
