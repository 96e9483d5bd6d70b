"""The engine `local` with its real networks on a real recording of four voices."""

from pathlib import Path

import numpy as np
import pytest
from tests.engines.conftest import write_sound

from surtitle.config import Settings
from surtitle.domain.options import DiarizationOptions
from surtitle.engines.builtin.local_diarizer import LocalDiarizer
from surtitle.engines.models import ModelStore
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ, SoundFile

MEETING = Path(__file__).parents[4] / "shared" / "media" / "meeting-a.flac"
WHO = "ABABCBCB"
"""Who of three speaks in turn in the first 73 seconds (`meeting-a.rttm`)."""

pytestmark = pytest.mark.models


@pytest.mark.skipif(not MEETING.exists(), reason="there are no real voices beside the checkout")
def test_the_turns_of_real_voices_are_found(tmp_path: Path) -> None:
    from faster_whisper.audio import decode_audio  # noqa: PLC0415 - heavy

    store = ModelStore(Settings())
    models = [store.pull(name) for name in ("pyannote-segmentation-3.0", "campplus")]
    setup = EngineSetup("local", "local", models[0], "cpu", "float32", 2, companions=(models[1],))
    sound = np.asarray(decode_audio(str(MEETING), sampling_rate=SAMPLE_RATE_HZ))[: 73 * SAMPLE_RATE_HZ]
    with SoundFile(write_sound(tmp_path / "meeting.wav", sound)) as file:
        found = LocalDiarizer(setup).diarize(file, DiarizationOptions(), lambda _fraction: None)
    assert "".join("ABCD"[found.speakers.index(turn.speaker)] for turn in found.turns) == WHO
    assert all(voice.embedding is not None for voice in found.voices)
