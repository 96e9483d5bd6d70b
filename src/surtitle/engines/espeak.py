"""Where espeak-ng is, which is under the GPL and always runs as a program of its own.

The program of the system is taken, else the library that the extra `espeak` brings, in a process that
understands the same options (`espeak_program`).
"""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence

from surtitle.errors import Unavailable

HOW_TO_INSTALL = (
    "Install the program espeak-ng (Debian, Ubuntu: `apt install espeak-ng`; macOS: "
    "`brew install espeak-ng`) "
    'or its library: `pip install "surtitle[espeak]"`.'
)

_LIBRARY = "espeakng_loader"
# A sentence takes it some hundredths of a second.
_PATIENCE_SECONDS = 60.0


class EspeakMissing(Unavailable):
    """Neither the program nor the library is here."""

    slug = "espeak-missing"
    passing = False

    def __init__(self) -> None:
        super().__init__(f"espeak-ng is not installed. {HOW_TO_INSTALL}")


class EspeakFailed(Unavailable):
    """The program ended otherwise than it should."""

    slug = "espeak-failed"


def espeak_is_here() -> bool:
    """Looks at the disk only."""
    return _command() is not None


def run_espeak(options: Sequence[str], text: str) -> bytes:
    """What the program writes for `text`, which it reads from its standard input: a command line is seen by
    everybody on the machine. Raises `EspeakMissing`, `EspeakFailed`.
    """
    command = _command()
    if command is None:
        raise EspeakMissing
    try:
        done = subprocess.run(
            [*command, *options, "--stdin"],
            input=text.encode(),
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EspeakFailed(f"espeak-ng could not be run ({type(error).__name__}).") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise EspeakFailed(f"espeak-ng failed (exit status {done.returncode}): {''.join(said)[:200]}")
    return done.stdout


def _command() -> list[str] | None:
    if program := shutil.which("espeak-ng"):
        return [program]
    if importlib.util.find_spec(_LIBRARY) is not None:
        return [sys.executable, "-P", "-m", "surtitle.engines.espeak_program"]
    return None
