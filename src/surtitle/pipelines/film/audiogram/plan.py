"""Where the parts of an audiogram lie, in each shape of picture."""

from dataclasses import dataclass

from surtitle.pipelines.film.drawing.stage import Box, Stage


@dataclass(frozen=True, slots=True)
class Plan:
    """`title` is where the film's name and the speaker stand, `bars` how many there are."""

    cover: Box
    title: Box
    title_centred: bool
    bars_room: Box
    bars: int
    captions: Box
    line: Box
    times: float
    """Middle of the row in which the times stand."""


def plan_for(stage: Stage) -> Plan:
    if stage.is_upright:
        return _upright(stage)
    return _lying(stage, wide=stage.is_wide)


def _lying(stage: Stage, *, wide: bool) -> Plan:
    """Cover and title side by side above, the bars across, captions below them."""
    width, height = stage.width, stage.height
    side = width * (0.06 if wide else 0.075)
    cover = (0.30 if wide else 0.25) * height
    top = height * 0.085
    gap = 0.045 * height
    return Plan(
        cover=Box(side, top, side + cover, top + cover),
        title=Box(side + cover + gap, top, width - side, top + cover),
        title_centred=False,
        bars_room=Box(side, height * 0.435, width - side, height * 0.60),
        bars=72 if wide else 48,
        captions=Box(side, height * 0.63, width - side, height * 0.885),
        line=Box(side, height * 0.915, width - side, height * 0.915 + max(4.0, 8 * stage.unit)),
        times=height * 0.955,
    )


def _upright(stage: Stage) -> Plan:
    """The cover large in the middle, everything else below it, clear of the players' buttons."""
    width, height = stage.width, stage.height
    cover = width * 0.48
    top = height * 0.10
    left = (width - cover) / 2
    side = width * 0.09
    below = top + cover
    return Plan(
        cover=Box(left, top, left + cover, below),
        title=Box(side, below + height * 0.022, width - side, below + height * 0.125),
        title_centred=True,
        bars_room=Box(side, height * 0.545, width - side, height * 0.625),
        bars=44,
        captions=Box(side, height * 0.637, width - side, height * 0.772),
        line=Box(side, height * 0.785, width - side, height * 0.785 + 8 * stage.unit),
        times=height * 0.808,
    )
