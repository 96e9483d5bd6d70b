"""Cues as an Advanced SubStation Alpha script, for burning in and for players."""

from itertools import pairwise

from pysubs2 import Alignment, Color, SSAEvent, SSAFile, SSAStyle

from surtitle.domain.cues import Cue, CueSheet
from surtitle.domain.options import CaptionStyle
from surtitle.pipelines.subtitles.measure import text_width
from surtitle.pipelines.subtitles.tokens import milliseconds

_STYLE = "Default"
_OUTLINE_AND_SHADOW, _ONE_BOX = 1, 4  # values of BorderStyle; 4 is libass's own
_ALIGNMENTS = {
    "bottom": Alignment.BOTTOM_CENTER,
    "middle": Alignment.MIDDLE_CENTER,
    "top": Alignment.TOP_CENTER,
}
# EBU R 95: text stays within the inner 90 % of the picture.
_SAFE_MARGIN_SHARE = 0.05
# Mean advance of a letter as a share of the font size, on the generous side (Inter: 0.45).
_ADVANCE_SHARE = 0.5
_BOX_PADDING_SHARE = 0.25
# A lit word fades in and out this fast: softer than a jump, too short to look late.
_FADE_MS = 60
# Between words of one breath the light passes straight on.
_PASS_ON_MS = 300
_OPAQUE_LENGTH = len("#RRGGBB")


def ass_document(sheet: CueSheet, style: CaptionStyle, *, width: int, height: int) -> str:
    """The script for a picture of `width` by `height` pixels: UTF-8 text, LF line ends.

    Lines break where the cues say and nowhere else. Text keeps to the safe area: where the widest
    line would leave it (upright video), the letters are made smaller for the whole sheet. With
    `style.karaoke` the word being spoken stands in `karaoke_colour`.
    """
    script = SSAFile()
    script.info.clear()
    script.info.update(
        {
            "Title": "Surtitle",
            "PlayResX": str(width),
            "PlayResY": str(height),
            "WrapStyle": "2",
            "ScaledBorderAndShadow": "yes",
            "YCbCr Matrix": "None",
        }
    )
    script.styles = {_STYLE: _script_style(sheet, style, width, height)}
    script.events = [_event(cue, style) for cue in sheet.cues]
    text: str = script.to_string("ass", header_notice="")
    return text


def _script_style(sheet: CueSheet, style: CaptionStyle, width: int, height: int) -> SSAStyle:
    size = _font_size(sheet, style, width, height)
    outline = round(height * style.outline_percent / 100, 2)
    side, edge = round(width * _SAFE_MARGIN_SHARE), round(height * _SAFE_MARGIN_SHARE)
    # A box takes its colour from BackColour and its padding from Shadow.
    return SSAStyle(
        fontname=style.font,
        fontsize=size,
        primarycolor=_colour(style.colour),
        secondarycolor=_colour(style.karaoke_colour),
        outlinecolor=_colour(style.outline_colour),
        backcolor=_colour(style.box_colour if style.box else "#000000"),
        bold=False,
        borderstyle=_ONE_BOX if style.box else _OUTLINE_AND_SHADOW,
        outline=0.0 if style.box else outline,
        shadow=round(size * _BOX_PADDING_SHARE, 2) if style.box else 0.0,
        alignment=_ALIGNMENTS[style.position],
        marginl=side,
        marginr=side,
        marginv=edge,
    )


def _font_size(sheet: CueSheet, style: CaptionStyle, width: int, height: int) -> float:
    widest = max((text_width(line) for cue in sheet.cues for line in cue.lines), default=0)
    wanted = height * style.size_percent / 100
    room = width * (1 - 2 * _SAFE_MARGIN_SHARE)
    fitting = room / (widest * _ADVANCE_SHARE) if widest else wanted
    return round(min(wanted, fitting), 1)


def _event(cue: Cue, style: CaptionStyle) -> SSAEvent:
    lit = style.karaoke and cue.words
    text = _lit_text(cue, style) if lit else r"\N".join(escaped(line) for line in cue.lines)
    return SSAEvent(
        start=milliseconds(cue.start_seconds),
        end=milliseconds(cue.end_seconds),
        style=_STYLE,
        name=_field(cue.speaker or ""),
        text=text,
    )


def _lit_text(cue: Cue, style: CaptionStyle) -> str:
    r"""The cue with a change of colour around each word, as long as it is spoken.

    Transforms in one event keep the words in place; `\k` would leave spoken words lit.
    """
    plain, lit = _tags(style.colour, style), _tags(style.karaoke_colour, style)
    parts: list[str] = []
    for position, (word, (begin_ms, end_ms)) in enumerate(zip(cue.words, _lit_times(cue), strict=True)):
        if position in cue.line_breaks:
            parts.append(r"\N")
        elif position and not word.glued:
            parts.append(" ")
        on = rf"\t({begin_ms},{begin_ms + _FADE_MS},{lit})"
        off = rf"\t({end_ms},{end_ms + _FADE_MS},{plain})"
        parts.append(f"{{{plain}{on}{off}}}{escaped(word.text)}")
    return "".join(parts)


def _lit_times(cue: Cue) -> list[tuple[int, int]]:
    """When each word is lit, in milliseconds from the start of the cue."""
    begins = [_within(cue, word.start_seconds) for word in cue.words]
    ends = [_within(cue, word.end_seconds) for word in cue.words]
    for position, (_, following) in enumerate(pairwise(begins)):
        if following - ends[position] < _PASS_ON_MS:
            ends[position] = following
    return [(begin, max(begin, end)) for begin, end in zip(begins, ends, strict=True)]


def _within(cue: Cue, seconds: float) -> int:
    duration_ms = milliseconds(cue.end_seconds) - milliseconds(cue.start_seconds)
    return min(max(0, milliseconds(seconds) - milliseconds(cue.start_seconds)), duration_ms)


def escaped(text: str) -> str:
    r"""`text` as libass shows it literally.

    ASS knows no escape for a backslash: an invisible word joiner after it parts it from what it would
    change (the way mpv does it); `\{` is libass's own.
    """
    return text.replace("\\", "\\\u2060").replace("{", r"\{").replace("}", r"\}")


def _field(text: str) -> str:
    # Fields are parted by commas and know no quotes.
    return " ".join(text.replace(",", " ").split())


def _colour(colour: str) -> Color:
    red, green, blue, opacity = _channels(colour)
    return Color(red, green, blue, 255 - opacity)


def _tags(colour: str, style: CaptionStyle) -> str:
    """Override tags for `colour`; with its opacity where the style's colours have one."""
    red, green, blue, opacity = _channels(colour)
    tags = rf"\1c&H{blue:02X}{green:02X}{red:02X}&"
    if max(len(style.colour), len(style.karaoke_colour)) > _OPAQUE_LENGTH:
        tags += rf"\1a&H{255 - opacity:02X}&"
    return tags


def _channels(colour: str) -> tuple[int, int, int, int]:
    red, green, blue, opacity = bytes.fromhex(colour[1:].ljust(8, "F"))
    return red, green, blue, opacity
