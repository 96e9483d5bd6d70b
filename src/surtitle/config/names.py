"""The names of settings: where each stands in `Settings`, and the variable that sets it."""

from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

PREFIX = "surtitle_"
BETWEEN = "__"

Path = tuple[str, ...]


def leaves(model: type[BaseModel], above: Path = ()) -> Iterator[tuple[Path, FieldInfo]]:
    """Every setting in `model` and its groups."""
    for name, field in model.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            yield from leaves(group, (*above, name))
        else:
            yield (*above, name), field


def variable(path: Path) -> str:
    """The variable of a setting, in small letters as settings are looked up."""
    return PREFIX + BETWEEN.join(path)


def as_written(name: str) -> str:
    """A variable as people write it."""
    return name.upper()
