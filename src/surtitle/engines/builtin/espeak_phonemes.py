# ruff: noqa: RUF001 - phonetic letters are what it is about
"""Phonemes by espeak-ng, in the alphabet that Kokoro was trained on.

The alphabet is that of misaki's `EspeakG2P` (Apache-2.0): diphthongs and affricates, which espeak-ng writes
with a tie, are letters of their own.
"""

import re

from surtitle.engines.espeak import run_espeak

_LETTERS = {
    "a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O",
    "ə^ʊ": "Q", "s^s": "S", "t^s": "ʦ", "t^ʃ": "ʧ", "ɔ^ɪ": "Y",
}  # fmt: skip
# espeak-ng drops marks from what it writes, and they lead the melody: it is given what stands between them.
_MARKS = re.compile(r"([.!?…,;:—()“”\"«»¿¡]+)")
_KEPT = {"«": "“", "»": "”", "¿": "", "¡": ""}
# Words that it takes for another language stand between flags: "(en)", tied "(^e^n)".
_FLAGS = re.compile(r"\(\^?[a-z](?:\^?[a-z-]){0,12}\)")
_DASH = re.compile(r"\s+[\u2013\u2014-]+\s+")


def phonemes_of(text: str, accent: str) -> str:
    """`accent` is a language of espeak-ng. Raises `EspeakMissing`, `EspeakFailed`."""
    clauses = _MARKS.split(_DASH.sub(" — ", " ".join(text.split())))
    spoken = [piece.strip() for piece in clauses[::2]]
    lines = iter(_spelled([piece for piece in spoken if _is_spoken(piece)], accent))
    pieces: list[str] = []
    for place, clause in enumerate(clauses):
        if place % 2:
            pieces.append("".join(_KEPT.get(mark, mark) for mark in clause))
        elif _is_spoken(clause):
            # A blank before the clause where there was one: "word (word".
            pieces.append(
                f"{' ' if clause[:1].isspace() else ''}{next(lines)}{' ' if clause[-1:].isspace() else ''}"
            )
    return " ".join("".join(pieces).split())


def _spelled(clauses: list[str], accent: str) -> list[str]:
    """A clause may come back in several lines, so each is asked for by itself."""
    options = ["-q", "--ipa", "--tie=^", "-v", accent]
    return [_in_alphabet(run_espeak(options, clause).decode(errors="replace")) for clause in clauses]


def _in_alphabet(written: str) -> str:
    text = _FLAGS.sub("", " ".join(written.split()))
    for tied, letter in _LETTERS.items():
        text = text.replace(tied, letter)
    return text.replace("^", "").replace("-", "")


def _is_spoken(text: str) -> bool:
    return any(map(str.isalnum, text))
