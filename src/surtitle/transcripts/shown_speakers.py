"""Speakers as readers see them: names as they are, labels such as `speaker_1` in words."""

import re

_LABEL = re.compile(r"speaker_([0-9]{1,4})")
_WORDS = {"fr": "Intervenant", "es": "Hablante"}
_SHOWN = re.compile(rf"(?:{'|'.join(['Speaker', *_WORDS.values()])}) ([0-9]{{1,4}})", re.IGNORECASE)


def is_label(speaker: str) -> bool:
    """Whether it is what a recording calls a speaker whom nobody has named."""
    return _LABEL.fullmatch(speaker) is not None


def shown_speaker(speaker: str, language: str | None) -> str:
    """`speaker_1` as `Speaker 1` in the language of the text, where it is one that Surtitle speaks."""
    label = _LABEL.fullmatch(speaker)
    return f"{_WORDS.get(language or '', 'Speaker')} {label[1]}" if label else speaker


def label_of(shown: str) -> str:
    """The way back from `shown_speaker`, from any of its languages; a name stays as it is."""
    found = _SHOWN.fullmatch(shown)
    return f"speaker_{found[1]}" if found else shown
