import pytest
from pydantic import ValidationError

from surtitle.engines.models.manifest import Manifest, packaged_manifest


def changed(manifest: Manifest, **changes: object) -> dict[str, object]:
    """The test manifest's data, its first file changed."""
    data = manifest.model_dump()
    data["models"][0]["files"][0].update(changes)
    return data


def test_the_manifest_that_ships_is_sound_and_finds_models_by_their_short_names() -> None:
    manifest = packaged_manifest()

    assert [manifest.find(name) for name in ("base", "tiny.en")] == [
        manifest.find(name) for name in ("whisper-base", "whisper-tiny.en")
    ]
    assert all(spec.files for spec in manifest.models)
    assert manifest.find("large-v3") is None


@pytest.mark.parametrize("name", ["../model.bin", "/etc/passwd", "a/b", ".verified.json", "x\n", ""])
def test_a_file_name_that_is_a_path_is_refused(manifest: Manifest, name: str) -> None:
    with pytest.raises(ValidationError):
        Manifest.model_validate(changed(manifest, name=name))


@pytest.mark.parametrize("member", ["../model.bin", "a/../../b", "/etc/passwd", "a\\b", ""])
def test_a_member_outside_its_package_is_refused(manifest: Manifest, member: str) -> None:
    with pytest.raises(ValidationError, match="points outside its package"):
        Manifest.model_validate(changed(manifest, parts=[{"wheel": "tiny-part-one==1.0", "member": member}]))


def test_a_part_from_a_package_that_is_not_listed_is_refused(manifest: Manifest) -> None:
    with pytest.raises(ValidationError, match="which is not listed"):
        Manifest.model_validate(changed(manifest, parts=[{"wheel": "other==1.0", "member": "a"}]))


def test_two_models_cannot_share_a_name(manifest: Manifest) -> None:
    with pytest.raises(ValidationError, match="two models are called"):
        Manifest.model_validate({"models": [*manifest.models, *manifest.models]})
