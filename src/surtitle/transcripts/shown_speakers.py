"""Speakers as readers see them: names as they are, labels such as `speaker_1` in words."""

import re

_LABEL = re.compile(r"speaker_([0-9]{1,4})")
_WORDS = {"fr": "Intervenant", "es": "Hablante"}


def is_label(speaker: str) -> bool:
    """Whether it is what a recording calls a speaker whom nobody has named."""
    return _LABEL.fullmatch(speaker) is not None


def shown_speaker(speaker: str, language: str | None) -> str:
    """`speaker_1` as `Speaker 1` in the language of the text, where it is one that Surtitle speaks."""
    label = _LABEL.fullmatch(speaker)
    return f"{_WORDS.get(language or '', 'Speaker')} {label[1]}" if label else speaker
