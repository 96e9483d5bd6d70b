"""QR codes as SVG, drawn here: what they hold goes to nobody else."""

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """`text` as a code that survives a smudge (level M). The text itself is nowhere in the SVG."""
    drawn = segno.make(text, error="m", micro=False)
    return Markup(drawn.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None))  # noqa: S704
