"""Pages that are made from the code say what the code says."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("script", "page"),
    [("settings_reference", "operate/settings.md"), ("api_reference", "develop/api-reference.md")],
)
def test_a_page_made_of_the_code_is_up_to_date(script: str, page: str) -> None:
    made = subprocess.run(
        [sys.executable, "-c", f"import {script} as script; print(script.page(), end='')"],
        cwd=ROOT / "scripts",
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert (ROOT / "docs" / page).read_text() == made, f"run `python scripts/{script}.py`"
