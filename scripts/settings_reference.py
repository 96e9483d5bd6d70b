"""Writes docs/operate/settings.md from the settings themselves: `python scripts/settings_reference.py`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from surtitle.config import Settings

PAGE = Path(__file__).parents[1] / "docs" / "operate" / "settings.md"

HEAD = """# Settings

Every setting is a variable, or a line in a file `.env` in the folder that Surtitle is started from. Two
underscores stand between a group and a name. Lists and tables are JSON. Files of secrets and Vault may hold
them too: see [configuring](configuration.md). `surtitle config check` says what is wrong.

This page is made from the code by `python scripts/settings_reference.py`; a test fails when they differ.

| variable | default | what it does |
|---|---|---|
"""


def rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    """One table row for each setting in `model`, groups after their names."""
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        group = field.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            yield from rows(group, f"{variable}__")
        else:
            yield f"| `{variable}` | {shown(field)} | {field.description or ''} |"


def shown(field: FieldInfo) -> str:
    default: Any = field.default if field.default_factory is None else None
    if default is None or default == "":
        return ""
    if isinstance(default, tuple | list):
        return f"`[{', '.join(repr(item) for item in default)}]`".replace("'", '"')
    if isinstance(default, dict):
        return f"`{json.dumps(default)}`"
    return f"`{default}`"


def page() -> str:
    return HEAD + "\n".join(rows(Settings, "SURTITLE_")) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
