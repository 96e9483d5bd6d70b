"""The fonts that captions are drawn with, and whether they can draw a given text.

libass draws nothing, without an error, when it finds no font, and boxes where a font lacks a
character. So the fonts that the package ships are always named to it, and before a long
rendering it is asked, on one small picture, to draw every character that the captions hold.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import surtitle
from surtitle.errors import Unavailable
from surtitle.pipelines.rendering.errors import FontLacksScript
from surtitle.pipelines.rendering.process import run_ffmpeg

FONTS_DIRECTORY = Path(surtitle.__file__).parent / "assets" / "fonts"

_MISSING = re.compile(r"failed to find any fallback with glyph 0x([0-9A-F]+)", re.IGNORECASE)
_CHOSEN = re.compile(r"fontselect: \((?P<family>.+), \d+, \d+\) -> .*, (?P<chosen>[^,]+)$")
_OVERRIDE = re.compile(r"(?<!\\)\{[^}]*\}|\\[Nnh]")
_EVENT_TEXT_FIELD = 9
_SHOWN_MISSING = 12

# Invisible by design: libass may not find them, and nobody misses them.
_UNDRAWN_CATEGORIES = {"Cc", "Cf", "Zs", "Zl", "Zp", "Cs"}
_VARIATION_SELECTORS = {chr(code) for code in range(0xFE00, 0xFE10)}


@dataclass(frozen=True, slots=True)
class FontCoverage:
    """`missing`: characters that no font can draw. `substitutes`: wanted family to the font used."""

    missing: str
    substitutes: dict[str, str]


def fonts_directory() -> Path:
    """Where the shipped fonts lie. Raises `Unavailable` when the installation is incomplete."""
    if not any(FONTS_DIRECTORY.glob("*.ttf")):
        raise Unavailable(f"The caption fonts are missing from {FONTS_DIRECTORY}. Reinstall Surtitle.")
    return FONTS_DIRECTORY


async def font_warnings(executable: Path, ass: str, *, folder: Path) -> tuple[str, ...]:
    """What a viewer would notice of the fonts, as sentences. Raises `FontLacksScript`.

    `folder` is a rendering's scratch folder, with `fonts` in it.
    """
    characters = drawn_characters(ass)
    if not characters:
        return ()
    coverage = await _try_to_draw(executable, ass, "".join(characters), folder)
    lost = sum(count for character, count in characters.items() if character in coverage.missing)
    shown = _named(coverage.missing)
    if lost * 2 > characters.total():
        raise FontLacksScript(shown)
    warnings = [
        f"The font {wanted!r} is not installed; the captions are drawn in {used!r}."
        for wanted, used in coverage.substitutes.items()
    ]
    if coverage.missing:
        warnings.append(f"No installed font can draw {shown}; boxes stand in their place.")
    return tuple(warnings)


def drawn_characters(ass: str) -> Counter[str]:
    """Every character that the events of an ASS document draw, with how often."""
    counts: Counter[str] = Counter()
    for _, text in _events(ass):
        counts.update(_OVERRIDE.sub("", text))
    return Counter({character: count for character, count in counts.items() if _is_drawn(character)})


async def _try_to_draw(executable: Path, ass: str, characters: str, folder: Path) -> FontCoverage:
    # Written out again, the characters must not open an override or an escape.
    safe = "".join(character for character in characters if character not in "{}\\")
    styles = dict.fromkeys(style for style, _ in _events(ass))
    events = (f"Dialogue: 0,0:00:00.00,0:00:09.00,{style},,0,0,0,,{safe}" for style in styles)
    head = ass[: ass.index("Dialogue:")]
    (folder / "sample.ass").write_text(head + "\n".join(events) + "\n", encoding="utf-8")
    canvas = ["-f", "lavfi", "-i", "color=s=160x90:r=1:d=1", "-frames:v", "1"]
    run = await run_ffmpeg(
        executable,
        [*canvas, "-vf", "ass=sample.ass:fontsdir=fonts", "-f", "null", "-"],
        folder=folder,
        source=Path("sample.ass"),
        level="info",
        keep=lambda line: "fontselect" in line or "Glyph" in line,
    )
    return _read_coverage(run.complaints)


def _read_coverage(lines: tuple[str, ...]) -> FontCoverage:
    missing: dict[str, None] = {}
    substitutes: dict[str, str] = {}
    families: set[str] = set()
    for line in lines:
        if found := _MISSING.search(line):
            missing[chr(int(found[1], 16))] = None
        elif (found := _CHOSEN.search(line)) and found["family"] not in families:
            # Only the first choice is the family's own; later ones lend single characters.
            families.add(found["family"])
            if _plain(found["family"]) not in _plain(found["chosen"]):
                substitutes[found["family"]] = found["chosen"]
    return FontCoverage("".join(missing), substitutes)


def _events(ass: str) -> list[tuple[str, str]]:
    """Style and text of each event."""
    rows = (line.split(",", _EVENT_TEXT_FIELD) for line in ass.splitlines() if line.startswith("Dialogue:"))
    return [(row[3], row[_EVENT_TEXT_FIELD]) for row in rows if len(row) > _EVENT_TEXT_FIELD]


def _is_drawn(character: str) -> bool:
    return (
        unicodedata.category(character) not in _UNDRAWN_CATEGORIES and character not in _VARIATION_SELECTORS
    )


def _named(missing: str) -> str:
    first = " ".join(f"{character} (U+{ord(character):04X})" for character in missing[:_SHOWN_MISSING])
    rest = len(missing) - _SHOWN_MISSING
    return f"{first} and {rest} more" if rest > 0 else first


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
