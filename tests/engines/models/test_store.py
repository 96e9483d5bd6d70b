import os
import shutil
import threading
from errno import EACCES, EPERM, EROFS
from pathlib import Path

import pytest
from tests.engines.models.conftest import CONTENTS, Hub, MakeStore, write_model

from surtitle.engines.models.errors import (
    ModelDamaged,
    ModelIncomplete,
    ModelNotInstalled,
    ModelNotOurs,
    ModelUnknown,
    disk_errors,
)
from surtitle.engines.models.store import ModelStore
from surtitle.errors import StorageFull, Unavailable


@pytest.fixture
def store(make_store: MakeStore, shelf: Path) -> ModelStore:
    return make_store("folder", folder=shelf)


def spoil(path: Path, *, keep_time: bool = False) -> None:
    """Change one byte of `path`, not its size."""
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    later_ns = 0 if keep_time else 1_000_000_000
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + later_ns))


def test_a_pulled_model_holds_the_pinned_files_and_nothing_is_left_over(store: ModelStore) -> None:
    folder = store.pull("whisper-small-test")

    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".json"} == {
        name: data for name, data in CONTENTS.items() if not name.endswith(".json")
    }
    assert sorted(path.name for path in folder.parent.iterdir()) == [".locks", "whisper-small-test"]


def test_an_alias_means_the_same_model(store: ModelStore) -> None:
    assert store.pull("small-test") == store.path("whisper-small-test") == store.path("small-test")


def test_a_model_that_is_not_here_names_the_command_that_fetches_it(store: ModelStore) -> None:
    with pytest.raises(ModelNotInstalled, match="surtitle models pull whisper-small-test"):
        store.path("small-test")


@pytest.mark.parametrize("name", ["nothing", "../../etc", "folder:../shelf", "", "a/b"])
def test_an_unknown_name_lists_the_known_ones(store: ModelStore, name: str) -> None:
    with pytest.raises(ModelUnknown, match="Known models: whisper-small-test"):
        store.path(name)


def test_progress_ends_at_the_total_for_every_file(store: ModelStore) -> None:
    last: dict[str, tuple[int, int]] = {}
    store.pull("small-test", lambda done, total, what: last.__setitem__(what, (done, total)))

    assert last == {f"{name} (folder)": (len(data), len(data)) for name, data in CONTENTS.items()}


@pytest.mark.usefixtures("hub")
def test_a_changed_file_is_refused_and_the_next_pull_mends_only_that_file(
    store: ModelStore, make_store: MakeStore
) -> None:
    folder = store.pull("small-test")
    spoil(folder / "model.bin")

    with pytest.raises(ModelDamaged, match=r"model\.bin: expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}"):
        store.path("small-test")
    fetched: set[str] = set()
    make_store("hub").pull("small-test", lambda _done, _total, what: fetched.add(what))

    assert fetched == {"model.bin (hub)"}
    assert (store.path("small-test") / "model.bin").read_bytes() == CONTENTS["model.bin"]


def test_a_checked_file_is_not_hashed_again_until_its_size_or_time_changes(store: ModelStore) -> None:
    folder = store.pull("small-test")
    spoil(folder / "model.bin", keep_time=True)

    # Only hashing could tell, so `path` did not hash.
    assert store.path("small-test") == folder
    (result,) = store.verify("small-test")
    assert [fault.partition(":")[0] for fault in result.faults] == ["model.bin"]
    # What `verify` found wrong is not trusted any more, though size and time still fit.
    with pytest.raises(ModelDamaged):
        store.path("small-test")


def test_a_touched_but_sound_file_is_hashed_once_and_remembered(store: ModelStore) -> None:
    folder = store.pull("small-test")
    (folder / "model.bin").touch()
    store.path("small-test")
    spoil(folder / "model.bin", keep_time=True)

    assert store.path("small-test") == folder


@pytest.mark.parametrize("stamp", ["", '{"model.bin": {"sha', "[]"])
def test_a_torn_stamp_only_costs_another_hashing(store: ModelStore, stamp: str) -> None:
    folder = store.pull("small-test")
    (folder / ".verified.json").write_text(stamp)

    assert store.path("small-test") == folder
    spoil(folder / "config.json")
    (folder / ".verified.json").write_text(stamp)
    with pytest.raises(ModelDamaged):
        store.path("small-test")


def test_pulling_what_is_here_writes_nothing_so_that_the_store_may_be_read_only(store: ModelStore) -> None:
    folder = store.pull("small-test")
    shutil.rmtree(folder.parent / ".locks")

    assert store.pull("small-test") == folder
    assert [path.name for path in folder.parent.iterdir()] == ["whisper-small-test"]


def test_a_missing_file_is_a_damage_and_the_model_is_not_listed(store: ModelStore) -> None:
    (store.pull("small-test") / "tokenizer.json").unlink()

    assert store.installed() == ()
    assert [len(result.faults) for result in store.verify()] == [1]
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json: expected 14 bytes, got no file"):
        store.path("small-test")


def test_verify_without_a_name_checks_all_that_is_installed(store: ModelStore) -> None:
    assert store.verify() == ()
    store.pull("small-test")

    assert [(result.name, result.faults) for result in store.verify()] == [("whisper-small-test", ())]


def test_a_removed_model_is_gone_and_can_be_pulled_again(store: ModelStore) -> None:
    folder = store.pull("small-test")
    store.remove("small-test")

    assert not folder.exists()
    with pytest.raises(ModelNotInstalled):
        store.remove("small-test")
    assert store.pull("small-test") == folder


def test_of_many_threads_one_fetches(make_store: MakeStore, hub: Hub) -> None:
    results: list[Path] = []
    pulls = [
        threading.Thread(target=lambda: results.append(make_store("hub").pull("small-test")))
        for _ in range(8)
    ]
    for thread in pulls:
        thread.start()
    for thread in pulls:
        thread.join()

    assert len(results) == 8
    assert sorted(name for name, _ in hub.asked) == sorted(CONTENTS)


def test_weights_of_ones_own_are_used_unchecked_by_either_name(
    make_store: MakeStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_model(tmp_path / "mine" / "large-v3")
    store = make_store(folder=tmp_path / "mine")

    assert store.path("large-v3") == store.path("folder:large-v3") == tmp_path / "mine" / "large-v3"
    assert "not checked" in caplog.text
    (model,) = store.installed()
    assert (model.name, model.pinned, model.multilingual) == ("large-v3", False, False)
    assert model.size_bytes == sum(len(data) for data in CONTENTS.values())
    assert [(result.faults, result.pinned) for result in store.verify()] == [((), False)]


def test_a_big_vocabulary_means_many_languages(make_store: MakeStore, tmp_path: Path) -> None:
    write_model(tmp_path / "mine" / "medium")
    (tmp_path / "mine" / "medium" / "vocabulary.txt").write_text("token\n" * 51865)

    assert make_store(folder=tmp_path / "mine").installed()[0].multilingual


def test_weights_of_ones_own_must_be_whole(make_store: MakeStore, tmp_path: Path) -> None:
    write_model(tmp_path / "mine" / "large-v3")
    (tmp_path / "mine" / "large-v3" / "tokenizer.json").unlink()
    store = make_store(folder=tmp_path / "mine")

    assert store.installed() == ()
    with pytest.raises(ModelIncomplete, match=r"lacks tokenizer\.json"):
        store.path("large-v3")


def test_the_store_never_removes_from_the_users_folder(make_store: MakeStore, tmp_path: Path) -> None:
    write_model(tmp_path / "mine" / "large-v3")

    with pytest.raises(ModelNotOurs, match="in your own folder"):
        make_store(folder=tmp_path / "mine").remove("large-v3")
    assert (tmp_path / "mine" / "large-v3" / "model.bin").exists()


def test_a_full_disk_is_told_as_such_and_no_model_appears(
    make_store: MakeStore, shelf: Path, small_disk: Path
) -> None:
    store = make_store("folder", folder=shelf, directory=small_disk)

    with pytest.raises(StorageFull, match="No room left"):
        store.pull("small-test")
    assert store.installed() == ()


@pytest.mark.parametrize("refusal", [EACCES, EPERM, EROFS])
def test_a_store_that_cannot_be_written_names_the_setting(tmp_path: Path, refusal: int) -> None:
    # Raised by hand: tests may run as root, whom no folder refuses.
    with (
        pytest.raises(Unavailable, match="SURTITLE_MODELS__DIRECTORY"),
        disk_errors("whisper-base", tmp_path),
    ):
        raise OSError(refusal, os.strerror(refusal))
