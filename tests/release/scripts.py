"""The programs of scripts/release, run as `make` runs them."""

import subprocess
import sys
from pathlib import Path

from tests.deploy.compose import ROOT

SCRIPTS = ROOT / "scripts" / "release"
TOOLS = ROOT / ".release" / "bin" / "python"


def run(script: str, *words: object, tools: bool = False, **options: str) -> subprocess.CompletedProcess[str]:
    """`tools`: with what judges dependencies, which `make .release/.installed` brings."""
    assert not tools or TOOLS.is_file(), "run `make .release/.installed`"
    command = [str(TOOLS if tools else sys.executable), str(SCRIPTS / script), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=options.get("cwd", ROOT))


def accepted(folder: Path, text: str) -> Path:
    """A file of what was let through, in place of the repository's."""
    file = folder / "accepted.toml"
    file.write_text(f"[licences]\n[carried]\n[advisories]\n{text}" if not text.startswith("[") else text)
    return file
