"""Names that people gave their files, made fit to be shown. They are never used as a path."""

import unicodedata

MAX_NAME_BYTES = 255
"""Longest name in UTF-8 bytes: what common file systems hold, so that a download keeps its name."""

_FALLBACK = "recording"
_MAX_EXTENSION_CHARS = 10
_JOINERS = "\u200c\u200d"  # Persian words and family emoji need them
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_TAGS = range(0xE0020, 0xE0080)  # the flags of England, Scotland and Wales are spelled with them


def safe_name(raw: str) -> str:
    """A display name from whatever a client called its file.

    Folders, control characters, line breaks and characters that reverse the direction of text
    (a way to make `exe.4pm` read `mp4.exe`) are dropped; letters of any script and emoji stay. At most
    `MAX_NAME_BYTES`, keeping the extension; `recording` when nothing is left.
    """
    last = raw.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(character for character in unicodedata.normalize("NFC", last) if _is_shown(character))
    tidy = " ".join(shown.split()).strip(" .")
    return _shortened(tidy) or _FALLBACK


def plain_text(raw: str, max_chars: int = 200) -> str:
    """A tag out of a media file (a title, a codec's name), without anything that is not shown."""
    shown = "".join(character for character in raw[: max_chars * 4] if _is_shown(character))
    return " ".join(shown.split())[:max_chars]


def _is_shown(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cf":
        return character in _JOINERS or ord(character) in _TAGS
    return category not in {"Cc", "Cs", "Zl", "Zp"}


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > _MAX_EXTENSION_CHARS:
        return _cut(name, MAX_NAME_BYTES)
    ending = dot + extension
    return _cut(stem, MAX_NAME_BYTES - len(ending.encode())) + ending


def _cut(text: str, max_bytes: int) -> str:
    """The start of `text`, never ending inside a character or on half of a joined emoji."""
    kept = text.encode()[:max_bytes].decode(errors="ignore")
    while kept and (kept[-1] in _JOINERS or ord(kept[-1]) in _VARIATION_SELECTORS):
        kept = kept[:-1]
    return kept.rstrip(" .")
