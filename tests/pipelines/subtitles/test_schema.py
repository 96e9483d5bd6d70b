from collections.abc import Callable

import pytest

from surtitle.domain.options import SubtitleOptions
from surtitle.domain.transcript import Transcript
from surtitle.pipelines.subtitles import UnreadableCues, cues_json, make_cues, read_cues


def test_cues_survive_the_way_to_json_and_back(spoken: Callable[..., Transcript]) -> None:
    sheet = make_cues(
        spoken("Ann> I knew that the town had been founded twice.\nBob> Oh."), SubtitleOptions()
    )
    assert read_cues(cues_json(sheet)) == sheet
    assert cues_json(sheet).endswith(b"}\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no", "not JSON"),
        (b"{}", "schema_version None"),
        (b'{"schema_version": 9}', "schema_version 9"),
        (b'{"schema_version": 1, "language": null, "cues": [{}]}', r"damaged at 'cues\.0\."),
    ],
)
def test_what_is_no_sheet_of_cues_is_refused_with_a_reason(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableCues, match=said):
        read_cues(data)
