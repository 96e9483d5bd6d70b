"""Words that want to be more than text, and a look at a page for what came out of them."""

import re
from html.parser import HTMLParser

ELEMENT = "x-ran"
"""No page has such an element of its own."""

_SIGNS = f"'\"><{ELEMENT} onclick=ran()><script>ran()</script><img src=x onerror=ran()>{{{{7*7}}}}"
"""Ends an attribute, makes elements, and is a template."""

_TURNS = "\u202e"
"""Turns the direction of writing around. Names of keys, projects and the like may not hold it."""
_TURNED = frozenset({"engine's words", "prompt", "purpose", "recording talk", "speaker", "warning", "words"})

_NAME = re.compile(r"[a-z][a-z0-9:-]*")
_ADDRESSES = frozenset({"href", "src", "action", "formaction", "poster", "data", "xlink:href"})
_TEXT = re.compile(r"([\w' ]+?)'\"><x-ran")


def hostile(field: str, _text: str) -> str:
    """What an enemy would write there. It begins with the field's name, to know it again."""
    return f"{field}{_SIGNS}{_TURNS if field in _TURNED else ''}"


def long(field: str, _text: str) -> str:
    """One word that no line holds."""
    return f"{field.replace(' ', '')}{'W' * 90}"


class Looked(HTMLParser):
    """A page as a browser reads it: `found` is what hostile words became, `told` the fields that it shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.told: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if (
            tag == ELEMENT
            or (tag == "script" and "src" not in dict(attrs))
            or tag in {"iframe", "object", "base"}
        ):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name == "style" or not _NAME.fullmatch(name):
                self.found.append(f"<{tag} {name}>")
            if name in _ADDRESSES and re.match(r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE):
                self.found.append(f"<{tag} {name}={value}>")
            self._read(value or "")

    def handle_data(self, data: str) -> None:
        self._read(data)

    def _read(self, text: str) -> None:
        self.told |= {found.strip() for found in _TEXT.findall(text)}
