import asyncio
import os
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from surtitle.config import EngineSettings
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import WindowCursor
from surtitle.engines.errors import EngineFailed
from surtitle.engines.host import EngineHost
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ, wav_header
from surtitle.errors import Busy, Invalid, Unavailable

from .conftest import FAKE_ENGINES, acting, hear, running, texts

TONE = EngineSetup("tone", "tone", None, "cpu", "float32", 1)


async def test_windows_come_in_order_to_the_end_of_the_sound(host: EngineHost, sound: Path) -> None:
    windows = await hear(host, acting("plain"), sound)
    assert [window.start_seconds for window in windows] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert windows[-1].next.sample == 5 * SAMPLE_RATE_HZ


async def test_work_begins_at_the_cursor(host: EngineHost, sound: Path) -> None:
    whole = await hear(host, acting("plain"), sound)
    assert await hear(host, acting("plain"), sound, whole[2].next) == whole[3:]


async def test_any_text_passes_unharmed(host: EngineHost, sound: Path) -> None:
    windows = await hear(host, acting("unicode"), sound)
    assert set(texts(windows)) == {"日本語 café 🎬 \u2028 \x00 \u200f\u05e9\u05dc\u05d5\u05dd"}


async def test_what_a_library_prints_goes_to_the_log_and_nowhere_else(
    host: EngineHost, sound: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    assert len(await hear(host, acting("prints"), sound)) == 5
    await host.close()
    assert "printed by a library" in caplog.text
    assert "written to standard output" in caplog.text
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("MALLOC_ARENA_MAX", "1"),
        ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "0"),
        ("OPENBLAS_NUM_THREADS", "1"),
    ],
)
async def test_a_child_gets_fitting_variables_unless_the_operator_has_others(
    name: str, ours: str, host: EngineHost, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for named, expected in ((None, ours), ("4", "4")):
        if named:
            monkeypatch.setenv(name, named)
        await hear(host, acting("plain"), sound)
        child = psutil.Process(host.facts.child_pid)
        assert child.environ()[name] == expected
        await host.close()


async def test_what_an_engine_freed_goes_back_when_its_work_is_done(host: EngineHost, sound: Path) -> None:
    await host.warm(acting("litters"))
    child = psutil.Process(host.facts.child_pid)
    before = child.memory_info().rss
    await hear(host, acting("litters"), sound)
    # Answered after the memory was given back.
    await host.warm(acting("litters"))
    assert child.memory_info().rss < before + 50_000_000


async def test_the_child_stays_for_the_next_job(host: EngineHost, sound: Path) -> None:
    await hear(host, acting("plain"), sound)
    first = host.facts
    await hear(host, acting("plain"), sound)
    assert host.facts.child_pid == first.child_pid
    assert first.resident == acting("plain")
    assert first.rss_bytes > 0
    assert (host.facts.jobs, host.facts.deaths) == (2, 0)


async def test_an_old_engine_is_freed_before_a_new_one_is_built(host: EngineHost, sound: Path) -> None:
    await hear(host, acting("plain"), sound)
    pid = host.facts.child_pid
    assert set(texts(await hear(host, acting("living"), sound))) == {"1"}
    assert host.facts.child_pid == pid


async def test_warming_loads_the_engine_before_work_comes(host: EngineHost, sound: Path) -> None:
    await host.warm(acting("plain"))
    assert host.facts.resident == acting("plain")
    pid = host.facts.child_pid
    await hear(host, acting("plain"), sound)
    assert host.facts.child_pid == pid


async def test_speech_is_written_whole_as_16_bit_sound(host: EngineHost, tmp_path: Path) -> None:
    output = tmp_path / "speech.wav"
    spoken = await host.synthesize(TONE, "tone", voice=None, speed=1.0, seed=0, output=output)
    assert (spoken.path, spoken.sample_rate_hz) == (output, 22_050)
    assert spoken.duration_seconds == pytest.approx(400 / 22_050)
    with wave.open(str(output)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22_050)
        samples = np.frombuffer(file.readframes(1000), dtype="<i2")
    assert set(samples.tolist()) == {32767}
    assert [path.name for path in tmp_path.glob("*.wav*")] == ["speech.wav"]


async def test_speech_that_fails_leaves_no_file(host: EngineHost, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="nothing to say"):
        await host.synthesize(TONE, "", voice=None, speed=1.0, seed=0, output=tmp_path / "speech.wav")
    assert not list(tmp_path.glob("*speech.wav*"))


async def test_an_error_of_ours_comes_back_as_itself(host: EngineHost, sound: Path) -> None:
    with pytest.raises(Invalid, match=r"This language is not mine\.") as refusal:
        await hear(host, acting("refuses"), sound)
    assert refusal.value.fields == {"field": "language"}
    with pytest.raises(Busy) as taken:
        await hear(host, acting("busy"), sound)
    assert taken.value.retry_after_seconds == 42


async def test_a_refusal_keeps_the_engine(host: EngineHost, sound: Path) -> None:
    with pytest.raises(Invalid):
        await hear(host, acting("refuses"), sound)
    assert host.facts.resident == acting("refuses")
    assert host.facts.deaths == 0


async def test_any_other_error_is_told_without_its_traceback(
    host: EngineHost, sound: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(EngineFailed) as failure:
        await hear(host, acting("breaks"), sound)
    assert failure.value.message == "The engine scripted failed: Ours: no such tensor"
    assert "Traceback" in caplog.text
    assert len(await hear(host, acting("plain"), sound)) == 5


async def test_nonsense_from_an_engine_is_an_error_and_not_a_window(host: EngineHost, sound: Path) -> None:
    with pytest.raises(EngineFailed, match="makes no sense"):
        await hear(host, acting("nan"), sound)
    assert len(await hear(host, acting("plain"), sound)) == 5


async def test_a_missing_extra_is_named(host: EngineHost, sound: Path) -> None:
    bare = EngineSetup("bare", "bare", None, "cpu", "float32", 1)
    with pytest.raises(Unavailable, match=r'no_such_library_here.*pip install "surtitle\[diarization\]"'):
        await hear(host, bare, sound)


async def test_a_child_is_replaced_after_its_share_of_jobs(
    install_engines: Callable[[dict[str, str]], None], sound: Path
) -> None:
    install_engines(FAKE_ENGINES)
    pids = []
    async with running(EngineSettings(recycle_after_jobs=2)) as host:
        for _ in range(4):
            await host.warm(acting("plain"))
            pids.append(host.facts.child_pid)
            await hear(host, acting("plain"), sound)
        assert host.facts.recycled == 2
    assert pids[0] == pids[1] != pids[2] == pids[3]
    assert not any(psutil.pid_exists(pid) for pid in pids if pid)


async def test_a_child_past_the_memory_mark_is_replaced(
    install_engines: Callable[[dict[str, str]], None], sound: Path
) -> None:
    install_engines(FAKE_ENGINES)
    # The smallest mark of the settings is far above this child; an interpreter never fits into a megabyte.
    settings = EngineSettings().model_copy(update={"memory_mark_bytes": 1024**2})
    async with running(settings) as host:
        await hear(host, acting("plain"), sound)
        assert (host.facts.recycled, host.facts.child_pid, host.facts.resident) == (1, None, None)


async def test_a_child_does_not_run_far_ahead_of_its_reader(
    install_engines: Callable[[dict[str, str]], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, seconds = tmp_path / "mark", 2000
    monkeypatch.setenv("FAKE_ENGINE_MARK", str(mark))
    install_engines(FAKE_ENGINES)
    long = tmp_path / "long.wav"
    with long.open("wb") as file:
        file.write(wav_header(seconds * SAMPLE_RATE_HZ))
        file.truncate(44 + seconds * SAMPLE_RATE_HZ * 2)
    async with running(EngineSettings()) as host:
        windows = host.transcribe(acting("marks"), long, TranscriptionOptions(), WindowCursor())
        await anext(windows)
        ahead = await settled_number(mark)
        assert 0 < ahead < seconds // 2
        await windows.aclose()


async def settled_number(mark: Path) -> int:
    """The number in `mark` once it has stood still for half a second."""
    number, still = -1, 0
    while still < 10:
        await asyncio.sleep(0.05)
        latest = int(mark.read_text() or -1) if mark.exists() else -1
        number, still = latest, still + 1 if latest == number else 0
    return number


async def test_the_child_ends_with_its_host(
    install_engines: Callable[[dict[str, str]], None], sound: Path
) -> None:
    install_engines(FAKE_ENGINES)
    async with running(EngineSettings()) as host:
        await hear(host, acting("plain"), sound)
        pid = host.facts.child_pid
    assert pid is not None
    assert pid != os.getpid()
    assert not psutil.pid_exists(pid)
