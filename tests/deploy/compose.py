"""The installation of deploy/compose as `docker-compose config` understands it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = str(Path(sys.executable).with_name("docker-compose"))


def configured(
    variables: Mapping[str, str] | None = None, *, place: Path = ROOT, profiles: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The whole file, filled in with `variables` and nothing of this machine's."""
    told = subprocess.run(
        [COMPOSE, *(f"--profile={one}" for one in profiles), "config", "--format", "json"],
        cwd=place,
        env={"PATH": os.environ["PATH"], "COMPOSE_DISABLE_ENV_FILE": "1", **(variables or {})},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "not set" not in told.stderr, told.stderr
    parsed: dict[str, Any] = json.loads(told.stdout)
    return parsed
