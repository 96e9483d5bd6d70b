import json
import shutil
from pathlib import Path

from hatch_build import ASSETS, MANIFEST, PACKED, STAMP, fingerprint, is_current

ROOT = Path(__file__).resolve().parents[1]


def test_the_lock_pins_by_hash_and_names_no_host() -> None:
    text = (ROOT / "frontend" / "package-lock.json").read_text()
    installed = [package for path, package in json.loads(text)["packages"].items() if path]
    assert installed
    assert all(package["integrity"].startswith("sha512-") for package in installed)
    assert "resolved" not in text
    assert "://" not in text


def test_assets_are_made_again_only_when_something_changed(tmp_path: Path) -> None:
    wanted = fingerprint(ROOT)
    for target in (*ASSETS.values(), *PACKED.values(), MANIFEST, STAMP):
        (tmp_path / target).parent.mkdir(exist_ok=True)
        (tmp_path / target).write_text(wanted)
    assert is_current(tmp_path, wanted)
    assert not is_current(tmp_path, "another lock")
    (tmp_path / "fonts" / "Inter-Bold.ttf").unlink()
    assert not is_current(tmp_path, wanted)


def test_a_build_that_died_before_its_end_starts_over(tmp_path: Path) -> None:
    for target in (*ASSETS.values(), *PACKED.values(), MANIFEST):
        (tmp_path / target).parent.mkdir(exist_ok=True)
        (tmp_path / target).write_bytes(b"")
    assert not is_current(tmp_path, fingerprint(ROOT))


def test_a_change_in_the_pages_sources_makes_them_anew(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "frontend", tmp_path / "frontend", ignore=shutil.ignore_patterns("node_modules"))
    before = fingerprint(tmp_path)
    assert before == fingerprint(ROOT)
    with (tmp_path / "frontend" / "src" / "styles" / "tokens.css").open("a") as style:
        style.write("/* more */")
    assert fingerprint(tmp_path) != before
