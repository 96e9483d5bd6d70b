"""Diarizers, voice encoders and text embedders behind the host."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from tests.engines.conftest import write_sound

from surtitle.config import EngineSettings
from surtitle.domain.options import DiarizationOptions
from surtitle.domain.transcript import Stretch
from surtitle.engines.errors import EngineFailed
from surtitle.engines.host import EngineHost
from surtitle.engines.protocols import Endpoint, EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ
from surtitle.errors import Invalid, Unavailable

from .conftest import running

ENGINES = {
    "pitch": "pitch_engines:PITCH_DIARIZER",
    "pitch-encoder": "pitch_engines:PITCH_ENCODER",
    "letters": "vector_engines:LETTERS",
    "needy": "vector_engines:NEEDY",
}


def setup_of(engine: str, model: str = "plain", batch_size: int = 1) -> EngineSetup:
    return EngineSetup(engine, model, None, "cpu", "float32", 1, batch_size)


@pytest.fixture
async def host(install_engines: Callable[[dict[str, str]], None]) -> AsyncIterator[EngineHost]:
    install_engines(ENGINES)
    async with running(EngineSettings()) as host:
        yield host


@pytest.fixture
def two_tones(tmp_path: Path) -> Path:
    """Three seconds of 300 Hz, three of 700."""
    time = np.arange(3 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    tones = [np.sin(2 * np.pi * pitch * time) * 0.5 for pitch in (300, 700)]
    return write_sound(tmp_path / "tones.wav", np.concatenate(tones).astype(np.float32))


async def test_turns_come_with_their_voices_and_progress_comes_before(
    host: EngineHost, two_tones: Path
) -> None:
    told: list[float] = []
    found = await host.diarize(setup_of("pitch"), two_tones, DiarizationOptions(), told.append)
    assert [(turn.speaker, turn.start_seconds, turn.end_seconds) for turn in found.turns] == [
        ("speaker_1", 0.0, 3.0),
        ("speaker_2", 3.0, 6.0),
    ]
    assert [voice.speaker for voice in found.voices] == ["speaker_1", "speaker_2"]
    assert told == [0.5, 1.0]
    assert host.facts.jobs == 1


async def test_an_option_that_a_diarizer_refuses_comes_back_as_itself(
    host: EngineHost, two_tones: Path
) -> None:
    with pytest.raises(Invalid, match="so many tones"):
        await host.diarize(setup_of("pitch"), two_tones, DiarizationOptions(speakers=9), print)
    assert host.facts.resident == setup_of("pitch")


async def test_a_voice_is_told_with_its_encoder_and_too_little_is_nobody(
    host: EngineHost, two_tones: Path
) -> None:
    encoder = setup_of("pitch-encoder")
    first, again, other = [
        await host.encode_voice(encoder, two_tones, [Stretch(start, start + 1.5)]) for start in (0, 1.5, 3)
    ]
    assert first is not None
    assert other is not None
    assert first == again
    assert first.encoder == other.encoder
    assert first.embedding != other.embedding
    assert await host.encode_voice(encoder, two_tones, [Stretch(0, 0.2)]) is None


async def test_vectors_arrive_as_they_were_made(host: EngineHost) -> None:
    found = await host.embed_texts(setup_of("letters"), ["aab", "zz", "日本語"], is_query=False)
    assert found.embedder == "letters-27"
    assert found.vectors.dtype == np.float32
    assert found.vectors.shape == (3, 27)
    made = np.array([2, 1, *[0] * 24, 1], dtype=np.float32)
    np.testing.assert_array_equal(found.vectors[0], made / np.linalg.norm(made))
    question = await host.embed_texts(setup_of("letters"), ["aab"], is_query=True)
    assert question.vectors[0, 26] > found.vectors[0, 26]


async def test_no_texts_give_no_vectors(host: EngineHost) -> None:
    assert len((await host.embed_texts(setup_of("letters"), [], is_query=False)).vectors) == 0


@pytest.mark.parametrize("how", ["nan", "short"])
async def test_vectors_that_make_no_sense_do_not_arrive(how: str, host: EngineHost) -> None:
    with pytest.raises(EngineFailed, match="2 texts gave vectors"):
        await host.embed_texts(setup_of("letters", how), ["a", "b"], is_query=False)


async def test_texts_are_embedded_lighter_when_memory_runs_out(host: EngineHost) -> None:
    found = await host.embed_texts(setup_of("letters", "too-big", batch_size=2), ["a"], is_query=False)
    assert found.vectors.shape == (1, 27)
    assert host.facts.resident == setup_of("letters", "too-big")


async def test_questions_do_not_wear_a_child_out(
    install_engines: Callable[[dict[str, str]], None],
) -> None:
    install_engines(ENGINES)
    async with running(EngineSettings(recycle_after_jobs=1)) as host:
        for _ in range(3):
            await host.embed_texts(setup_of("letters"), ["a"], is_query=True)
        assert host.facts.recycled == 0


async def test_one_engine_goes_before_another_comes(host: EngineHost, two_tones: Path) -> None:
    await host.diarize(setup_of("pitch"), two_tones, DiarizationOptions(), lambda _: None)
    pid = host.facts.child_pid
    await host.embed_texts(setup_of("letters"), ["a"], is_query=False)
    facts = host.facts
    assert (facts.child_pid, facts.resident) == (pid, setup_of("letters"))
    assert 0 < facts.rss_between_bytes <= facts.rss_bytes * 2


async def test_a_library_that_an_engine_misses_when_it_is_built_is_named(host: EngineHost) -> None:
    with pytest.raises(Unavailable, match=r'no_such_library_here.*pip install "surtitle\[embeddings\]"'):
        await host.embed_texts(setup_of("needy"), ["a"], is_query=False)


async def test_an_endpoint_reaches_the_child_and_no_log(
    host: EngineHost, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    endpoint = Endpoint("http://127.0.0.1:1/v1", "sk-very-secret", 1.0)
    setup = EngineSetup("openai", "m", None, "cpu", "float32", 1, endpoint=endpoint)
    assert "sk-very" not in repr(setup)
    assert "127.0.0.1" not in repr(setup)
    with pytest.raises(Unavailable, match="SURTITLE_EMBEDDINGS__URL, model m") as away:
        await host.embed_texts(setup, ["a"], is_query=False)
    assert "sk-very-secret" not in caplog.text + str(away.value) + repr(host.facts)
