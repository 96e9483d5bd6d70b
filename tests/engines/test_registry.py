import subprocess
import sys
from pathlib import Path

import pytest

from surtitle.engines.registry import Capability, EngineRegistry, plugin_spec
from surtitle.errors import Invalid, Unavailable

from .conftest import InstallEngines

BUILT_IN = {
    "whisper": "surtitle.engines.builtin:WHISPER",
    "dummy": "surtitle.engines.builtin:DUMMY",
    "hibari": "surtitle.engines.builtin:HIBARI",
}


def test_the_built_in_engines_are_announced_as_any_other(install_engines: InstallEngines) -> None:
    install_engines(BUILT_IN)
    assert {"dummy", "hibari", "whisper"} <= {spec.name for spec in EngineRegistry().specs}


def test_listing_engines_imports_no_heavy_library() -> None:
    heavy = {"ctranslate2", "faster_whisper", "onnxruntime", "hibari", "av", "torch"}
    listing = (
        "import sys; from surtitle.engines.registry import EngineRegistry; import surtitle.engines.builtin;"
        f"EngineRegistry().specs; print(sorted({heavy!r} & sys.modules.keys()))"
    )
    answer = subprocess.run([sys.executable, "-c", listing], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"


def test_an_unknown_engine_is_refused_with_those_that_exist(install_engines: InstallEngines) -> None:
    install_engines(BUILT_IN)
    with pytest.raises(Invalid, match=r"no transcriber called 'wisper'; choose one of: dummy, whisper"):
        EngineRegistry().named("wisper", Capability.TRANSCRIBER)


def test_a_voice_is_not_offered_as_a_transcriber(install_engines: InstallEngines) -> None:
    install_engines(BUILT_IN)
    with pytest.raises(Invalid, match="no transcriber called 'hibari'"):
        EngineRegistry().named("hibari", Capability.TRANSCRIBER)


def test_a_broken_package_leaves_the_others_alone(install_engines: InstallEngines) -> None:
    install_engines({**BUILT_IN, "shaky": "no_such_module:SPEC", "odd": "fake_engines:LIGHTEST"})
    registry = EngineRegistry()
    assert {"dummy", "whisper"} <= {spec.name for spec in registry.specs}
    assert registry.broken.keys() == {"shaky", "odd"}
    with pytest.raises(Unavailable, match=r"'shaky' is installed and cannot be loaded: ModuleNotFoundError"):
        registry.named("shaky")


def test_a_package_cannot_take_over_a_built_in_name(tmp_path: Path, install_engines: InstallEngines) -> None:
    install_engines(BUILT_IN)
    other = tmp_path / "site" / "a_rival-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: a-rival\nVersion: 1.0\n")
    (other / "entry_points.txt").write_text("[surtitle.engines]\nwhisper = fake_engines:SCRIPTED\n")
    assert EngineRegistry().named("whisper").factory.startswith("surtitle.")


@pytest.mark.parametrize("path", ["my.package:Model", "my.package.Model"])
def test_a_class_named_in_the_settings_is_the_engine_plugin(path: str) -> None:
    spec = EngineRegistry(path).named("plugin", Capability.TRANSCRIBER)
    assert spec.factory == "my.package:Model"


@pytest.mark.parametrize("path", ["Model", "my package:Model", "my.package:", "", "os:system('x')"])
def test_a_plugin_that_is_no_class_path_says_how_to_write_one(path: str) -> None:
    with pytest.raises(Invalid, match=r"package\.module:Class"):
        plugin_spec(path)
    registry = EngineRegistry(path)
    assert "plugin" in registry.broken
