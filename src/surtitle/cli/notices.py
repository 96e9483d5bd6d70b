"""Sentences that were learned before logging was set up, and are told once it is."""

import logging

log = logging.getLogger(__name__)

_waiting: list[str] = []


def add(sentences: list[str]) -> None:
    _waiting.extend(sentences)


def tell() -> None:
    """Log what waits, once."""
    for sentence in taken():
        log.warning("%s", sentence)


def taken() -> list[str]:
    """What waits, for a command that tells it in its own way."""
    sentences = _waiting.copy()
    _waiting.clear()
    return sentences
