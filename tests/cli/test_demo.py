import signal
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Cli, assert_gone, descendants, wait_until


def test_a_recording_is_captioned_through_the_running_server(cli: Cli, film: Path) -> None:
    done = cli("demo", film, "--exit", "--port", "0")

    assert done.returncode == 0, done.stderr
    told = done.stdout.partition("this is what it hears:")[2].partition("Done after")[0]
    assert "This is a rehearsal" in told
    assert "00:00:00,000 --> " in done.stdout
    assert "x real time" in done.stdout
    made = {path.name for path in (cli.folder / "surtitle-demo").iterdir()}
    assert made == {"talk.srt", "talk.txt", "talk.captioned.mp4"}


def test_a_recording_without_picture_gets_subtitles_and_the_server_stays_up(
    cli: Cli, tone: Callable[..., Path]
) -> None:
    tone()
    process = cli.start("demo", "talk.wav", "--port", "0")
    wait_until((cli.folder / "surtitle-demo" / "talk.txt").exists, "the results are saved")
    assert process.poll() is None
    left = descendants(process)
    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=90) == 0
    assert_gone(left)
    assert not (cli.folder / "surtitle-demo" / "talk.captioned.mp4").exists()


def test_a_file_that_is_no_recording_ends_the_demo_with_one(cli: Cli) -> None:
    (cli.folder / "talk.mp4").write_text("no film")
    done = cli("demo", "talk.mp4", "--port", "0")

    assert done.returncode == 1
    assert "talk.mp4" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failed_job_ends_the_demo_with_one(cli: Cli, tone: Callable[..., Path]) -> None:
    tone()
    done = cli("demo", "talk.wav", "--port", "0", SURTITLE_ENGINES__TRANSCRIBER="nonsense")

    assert done.returncode == 1
    assert "choose one of" in done.stderr
