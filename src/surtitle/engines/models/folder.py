"""The user's own folder of models: weights that the manifest does not know, used as they are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

FOLDER_PREFIX = "folder:"

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_VOCABULARIES = ("vocabulary.txt", "vocabulary.json")
# `n_vocab >= 51865` is how openai/whisper itself tells them apart (whisper/model.py, is_multilingual).
_MULTILINGUAL_TOKENS = 51865


class ModelFolder:
    """Looks for models in `root`, one folder each, named like the model. Never writes there."""

    def __init__(self, root: Path | None) -> None:
        self._root = root

    def find(self, name: str) -> Path | None:
        """The folder called `name`, if it holds weights. A name that is a path finds nothing."""
        if self._root is None or not _PLAIN_NAME.fullmatch(name):
            return None
        directory = self._root / name
        return directory if (directory / "model.bin").is_file() else None

    def names(self) -> Iterator[str]:
        if self._root is None or not self._root.is_dir():
            return
        for directory in sorted(self._root.iterdir()):
            if self.find(directory.name) is not None:
                yield directory.name


def missing_files(directory: Path) -> tuple[str, ...]:
    """What a CTranslate2 Whisper model needs and `directory` lacks."""
    missing = [name for name in ("config.json", "tokenizer.json") if not (directory / name).is_file()]
    if not any((directory / name).is_file() for name in _VOCABULARIES):
        missing.append(" or ".join(_VOCABULARIES))
    return tuple(missing)


def is_multilingual(directory: Path) -> bool:
    """Whether the Whisper weights in `directory` know more than English, by the size of the vocabulary."""
    as_json = directory / "vocabulary.json"
    if as_json.is_file():
        return len(json.loads(as_json.read_text(encoding="utf-8"))) >= _MULTILINGUAL_TOKENS
    with (directory / "vocabulary.txt").open("rb") as lines:
        return sum(1 for _ in lines) >= _MULTILINGUAL_TOKENS
