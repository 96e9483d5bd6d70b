"""Pulls that are killed or meet another pull, in processes of their own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.engines.models.conftest import CONTENTS, HALF, Hub, MakeStore

from surtitle.engines.models.manifest import Manifest

PULL = """
import sys
from surtitle.config import Settings
from surtitle.engines.models.manifest import Manifest
from surtitle.engines.models.store import ModelStore

manifest = Manifest.model_validate_json(open(sys.argv[1]).read())
ModelStore(Settings(), manifest).pull("small-test", lambda done, total, what: print(what, flush=True))
"""

# Dies by SIGKILL before the n-th thing that it does to the disk, for n = 1, 2, 3 … until a pull ends by
# itself; after each death another pull must leave a whole model and nothing else.
KILL_EVERYWHERE = """
import json, os, shutil, signal, sys
from pathlib import Path
from surtitle.config import Settings
from surtitle.engines.models.manifest import Manifest
from surtitle.engines.models.store import ModelStore

store = ModelStore(Settings(), Manifest.model_validate_json(open(sys.argv[1]).read()))
root, damaged = Settings().models_directory, sys.argv[2] == "damaged"
TOUCHING = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree")

def dying_pull(countdown):
    def hook(event, arguments):
        nonlocal countdown
        if event in TOUCHING and ".locks" not in str(arguments[0]) and str(root) in str(arguments[0]):
            countdown -= 1
            if countdown == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    store.pull("small-test")

deaths, wrong = 0, []
while True:
    shutil.rmtree(root, ignore_errors=True)
    if damaged:
        (store.pull("small-test") / "tokenizer.json").write_bytes(b"spoilt")
    child = os.fork()
    if child == 0:
        dying_pull(deaths + 1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    found = store.verify() if (root / "whisper-small-test").exists() and not damaged else ()
    folder = store.pull("small-test")
    left = sorted(path.name for path in root.iterdir()) + sorted(path.name for path in folder.iterdir())
    if any(result.faults for result in (*found, *store.verify("small-test"))) or left != sorted(
        [".locks", "whisper-small-test"]
    ) + sorted([".verified.json", "config.json", "model.bin", "tokenizer.json", "vocabulary.txt"]):
        wrong.append([deaths, left])
    if status == 0:
        break
    deaths += 1
print(json.dumps({"deaths": deaths, "wrong": wrong}))
"""


@pytest.fixture
def environment(tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings for the processes; the manifest's path."""
    monkeypatch.setenv("SURTITLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SURTITLE_MODELS__SOURCES", '["hub"]')
    monkeypatch.chdir(tmp_path)
    (tmp_path / "manifest.json").write_text(manifest.model_dump_json())
    return tmp_path / "manifest.json"


def start_pull(manifest_path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PULL, str(manifest_path)], stdout=subprocess.PIPE, text=True
    )


def test_after_a_kill_the_next_pull_goes_on_where_the_download_stopped(
    environment: Path, hub: Hub, make_store: MakeStore
) -> None:
    hub.stop_after_bytes = HALF
    with start_pull(environment) as pull:
        assert hub.stopped.wait(60)
        # What was sent may still be on its way: wait until the process has told of bytes of the file.
        assert pull.stdout is not None
        while "model.bin" not in pull.stdout.readline():
            pass
        pull.kill()
    hub.go_on.set()
    hub.stop_after_bytes = None
    before = len(hub.asked)

    folder = make_store("hub").pull("small-test")

    ((name, resumed_from),) = hub.asked[before:]
    assert name == "model.bin"
    assert resumed_from is not None
    assert (folder / "model.bin").read_bytes() == CONTENTS["model.bin"]


def test_of_two_processes_the_second_finds_the_work_done(environment: Path, hub: Hub) -> None:
    hub.stop_after_bytes = HALF
    with start_pull(environment) as first:
        assert hub.stopped.wait(60)
        with start_pull(environment) as second:
            assert second.stdout is not None
            waiting = second.stdout.readline()
            hub.go_on.set()
            first.communicate()
            told = second.communicate()[0]

    assert waiting == "waiting for another pull of whisper-small-test\n"
    assert told == ""
    assert (first.returncode, second.returncode) == (0, 0)
    assert sorted(name for name, _ in hub.asked) == sorted(CONTENTS)


@pytest.mark.parametrize("start", ["empty", "damaged"])
def test_a_kill_before_any_write_leaves_a_store_that_the_next_pull_mends(
    start: str, environment: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURTITLE_MODELS__SOURCES", '["folder"]')
    monkeypatch.setenv("SURTITLE_MODELS__FOLDER", str(shelf))
    run = subprocess.run(
        [sys.executable, "-c", KILL_EVERYWHERE, str(environment), start],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    outcome = json.loads(run.stdout)
    assert outcome["wrong"] == []
    assert outcome["deaths"] >= 15
