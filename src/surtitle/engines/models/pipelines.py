"""Folders of weights as diffusers' `save_pretrained` writes them: the user's own, never fetched by us."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from surtitle.engines.models.errors import NoPipelines
from surtitle.errors import Invalid, Unavailable

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
INDEX_FILE = "model_index.json"


class PipelineFolders:
    """Looks for pipelines in `roots`, one folder each, named like the model. Never writes there."""

    def __init__(self, *roots: Path | None) -> None:
        self._roots = tuple(root for root in roots if root is not None)

    def path(self, name: str | None) -> Path:
        """The folder called `name`; without a name, the only one there is.

        Raises `NoPipelines` where there is none at all, `Invalid` for a name that is not there.
        """
        found = dict(self._found())
        if not found:
            raise NoPipelines
        if name is None and len(found) == 1:
            return next(iter(found.values()))
        if name not in found:
            wanted = f"no video model {name[:60]!r} here" if name else "more than one video model here"
            raise Invalid(f"There is {wanted}; choose one of: {', '.join(sorted(found))}.", field="model")
        return found[name]

    def _found(self) -> Iterator[tuple[str, Path]]:
        # The first root wins, so it comes last.
        for root in reversed(self._roots):
            for index in sorted(root.glob(f"*/{INDEX_FILE}")) if root.is_dir() else ():
                if _PLAIN_NAME.fullmatch(index.parent.name):
                    yield index.parent.name, index.parent


def pipeline_class(folder: Path) -> str:
    """The class of diffusers that the folder was saved from. Raises `Unavailable` where it cannot be read."""
    return str(_index(folder)["_class_name"])


def pipeline_option(folder: Path, name: str) -> Any:
    """A setting that the pipeline was saved with, None where there is none. Raises `Unavailable`."""
    return _index(folder).get(name)


def _index(folder: Path) -> dict[str, Any]:
    try:
        index = json.loads((folder / INDEX_FILE).read_text(encoding="utf-8"))
        return {"_class_name": index["_class_name"], **index}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            f"{folder / INDEX_FILE} cannot be read ({type(error).__name__}). Copy the model's folder again."
        ) from error
