import json

import pytest
from tests.media.streams import Make

from surtitle.media.errors import NoSound
from surtitle.media.peaks import PEAKS_PER_SECOND, peaks_document


def test_peaks_follow_the_sound_and_have_the_form_that_players_read(make: Make) -> None:
    path = make("a.wav", "-f", "lavfi", "-i", "sine=d=4:r=16000,volume='if(lt(t,2),0,4)':eval=frame")
    document = json.loads(peaks_document(path))
    data = document.pop("data")
    assert document == {
        "version": 2, "channels": 1, "sample_rate": 16000, "samples_per_pixel": 800, "bits": 8, "length": 80,
    }  # fmt: skip
    assert len(data) == 2 * 80
    assert set(data[: 2 * PEAKS_PER_SECOND]) == {0}
    lows, highs = data[-20::2], data[-19::2]
    assert all(low < -50 for low in lows)
    assert all(high > 50 for high in highs)


def test_peaks_keep_the_place_of_sound_that_starts_late(make: Make) -> None:
    path = make(
        "late.mkv", "-f", "lavfi", "-i", "testsrc=d=3", "-itsoffset", "1.98", "-f", "lavfi", "-i", "sine=d=1"
    )
    data = json.loads(peaks_document(path))["data"]
    assert set(data[: 2 * 39]) == {0}
    assert max(data[2 * 41 :]) > 5
    assert len(data) == pytest.approx(2 * 60, abs=4)


def test_a_recording_without_sound_has_no_peaks(make: Make) -> None:
    with pytest.raises(NoSound):
        peaks_document(make("mute.mp4", "-f", "lavfi", "-i", "testsrc=d=1"))
