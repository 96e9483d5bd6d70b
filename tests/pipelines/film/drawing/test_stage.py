import pytest

from surtitle.pipelines.film.drawing.stage import Stage


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1080, 1080), (320, 180)])
def test_nothing_to_be_read_leaves_the_safe_area_or_meets_the_captions(size: tuple[int, int]) -> None:
    stage = Stage(*size)
    for box in (stage.content, stage.captions, stage.logo):
        assert box.left >= stage.width * 0.05 - 1e-6
        assert box.right <= stage.width * 0.95 + 1e-6
        assert box.top >= stage.height * 0.028
        assert box.bottom <= stage.height * 0.95
    assert stage.content.bottom < stage.captions.top
    assert stage.logo.bottom <= stage.content.top


def test_upright_pictures_leave_the_lowest_fifth_to_the_player() -> None:
    assert Stage(1080, 1920).captions.bottom <= 1920 * 0.8
