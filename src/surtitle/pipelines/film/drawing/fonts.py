"""The typefaces of a film: those that we ship, the user's own, and what the machine has for other scripts."""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

import skia

from surtitle.pipelines.rendering.fonts import fonts_directory

_UNDRAWN_CATEGORIES = {"Cc", "Cf", "Zs", "Zl", "Zp", "Cs", "Cn", "Co"}
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


class Face(StrEnum):
    """What letters are for; the files that they come from."""

    DISPLAY = "Poppins-ExtraBold"
    HEADING = "Poppins-SemiBold"
    STRONG = "Inter-Bold"
    BODY = "Inter-SemiBold"
    PLAIN = "Inter-Regular"
    OWN = "own"
    """The brand's font where one is set, in the place of `DISPLAY` and `HEADING`."""
    CAPTION = "caption"


_SHIPPED_FAMILIES = {"inter", "poppins"}
_SHIPPED = (Face.DISPLAY, Face.HEADING, Face.STRONG, Face.BODY, Face.PLAIN)


class FontShelf:
    """Typefaces by what they are for. `own` and `caption` are families by name, None: ours."""

    def __init__(self, own: str | None = None, caption: str | None = None) -> None:
        self.provider = skia.textlayout.TypefaceFontProvider()
        self.warnings: list[str] = []
        self._system = skia.FontMgr.RefDefault()
        self._faces: dict[str, skia.Typeface] = {}
        for face in _SHIPPED:
            self._put(face, skia.Typeface.MakeFromFile(str(fonts_directory() / f"{face}.ttf")))
        self._put_family(Face.OWN, own)
        self._put_family(Face.CAPTION, caption)

    def families(self, face: Face, text: str) -> list[str]:
        """Names to ask the provider for, in this order, so that every character of `text` is found.

        A text is set in one typeface where one has it all: letters of two would look like a mistake.
        """
        chosen = self._stand_in(face)
        whole = next((name for name in (chosen, Face.STRONG) if not self._lacks(name, text)), chosen)
        others = [self._borrowed(character) for character in sorted(self._lacks(whole, text))]
        return list(dict.fromkeys((str(whole), str(Face.STRONG), *filter(None, others))))

    def missing(self, text: str) -> set[str]:
        """Characters of `text` that no typeface here can draw."""
        return {character for character in self._lacks(Face.STRONG, text) if not self._borrowed(character)}

    def _stand_in(self, face: Face) -> str:
        if face in {Face.DISPLAY, Face.HEADING} and Face.OWN in self._faces:
            return Face.OWN
        return face if face in self._faces else Face.STRONG

    def _lacks(self, name: str, text: str) -> set[str]:
        face = self._faces[name]
        return {character for character in drawn(text) if face.unicharToGlyph(ord(character)) == 0}

    def _put(self, name: str, typeface: skia.Typeface) -> None:
        self._faces[name] = typeface
        self.provider.registerTypeface(typeface, name)

    def _put_family(self, name: Face, family: str | None) -> None:
        if not family or family.casefold() in _SHIPPED_FAMILIES:
            if family and family.casefold() == "inter" and name is Face.OWN:
                self._put(name, self._faces[Face.STRONG])
            return
        if (found := _installed_face(family)) is None:
            self.warnings.append(f"The font {family!r} is not installed; the film is set in ours.")
            return
        self._put(name, found)

    def _borrowed(self, character: str) -> str | None:
        """The name of a typeface of this machine that has `character`, put on the shelf."""
        family = _family_with(character)
        if family is None:
            return None
        name = f"system {family}"
        if name not in self._faces:
            style = skia.FontStyle.Bold()
            self._put(name, self._system.matchFamilyStyleCharacter("", style, [], ord(character)))
        return name if self._faces[name].unicharToGlyph(ord(character)) else None


def is_installed(family: str) -> bool:
    """Whether the family comes with us, or is on this machine."""
    return family.casefold() in _SHIPPED_FAMILIES or _installed_face(family) is not None


def _installed_face(family: str) -> skia.Typeface | None:
    found = skia.FontMgr.RefDefault().matchFamilyStyle(family, skia.FontStyle.Bold())
    # Where it is not there, fontconfig gives another family for it.
    return found if found is not None and found.getFamilyName().casefold() == family.casefold() else None


def drawn(text: Iterable[str]) -> set[str]:
    """The characters that leave a mark."""
    return {
        character
        for character in text
        if unicodedata.category(character) not in _UNDRAWN_CATEGORIES
        and ord(character) not in _VARIATION_SELECTORS
    }


@lru_cache(maxsize=4096)
def _family_with(character: str) -> str | None:
    found = skia.FontMgr.RefDefault().matchFamilyStyleCharacter("", skia.FontStyle.Bold(), [], ord(character))
    if found is None or found.unicharToGlyph(ord(character)) == 0:
        return None
    return str(found.getFamilyName())
