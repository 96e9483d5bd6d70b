"""Pages that are made from the code say what the code says."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_settings_page_is_that_of_the_code() -> None:
    page = (ROOT / "docs" / "operate" / "settings.md").read_text()
    made = subprocess.run(
        [sys.executable, "-c", "import settings_reference as s; print(s.page(), end='')"],
        cwd=ROOT / "scripts",
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert page == made, "run `python scripts/settings_reference.py`"
