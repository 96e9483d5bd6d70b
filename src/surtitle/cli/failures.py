"""Failures as a person at a terminal reads them, and the exit codes that scripts read.

0 everything done; 1 some of the work failed; 2 the command or its input makes no sense;
130 stopped by Ctrl-C, 143 by SIGTERM.
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from surtitle.errors import Invalid, NotFound, SurtitleError, TooLarge

if TYPE_CHECKING:
    from pydantic import ValidationError

FAILED = 1
USAGE = 2
INTERRUPTED = 130
TERMINATED = 143


@dataclass(frozen=True, slots=True)
class Failure:
    sentence: str
    exit_code: int


class WorkFailed(SurtitleError):
    """Some of the work failed, and what failed was told already: only the exit code is left to say it."""

    slug = "work-failed"


def told(error: Exception) -> Failure | None:
    """What to say of `error`, None for one that nobody foresaw."""
    if isinstance(error, SurtitleError):
        kinds = (Invalid, NotFound, TooLarge)
        return Failure(error.message, USAGE if isinstance(error, kinds) else FAILED)
    if isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        return told(error.exceptions[0])
    if isinstance(error, OSError):
        return Failure(_of_the_system(error), FAILED)
    return _of_settings(error)


def _of_the_system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}."


def _of_settings(error: Exception) -> Failure | None:
    # Imported late: a command that reads no settings need not pay for the library.
    from pydantic import ValidationError  # noqa: PLC0415
    from pydantic_settings import SettingsError  # noqa: PLC0415

    if isinstance(error, ValidationError) and error.title == "Settings":
        return Failure(of_settings(error)[0], USAGE)
    if isinstance(error, SettingsError):
        return Failure(_of_unreadable_setting(str(error)), USAGE)
    return None


def of_settings(error: "ValidationError") -> list[str]:
    """One sentence for each setting that cannot be used."""
    # The value itself is not shown: it may be a password.
    wrong = error.errors(include_url=False, include_input=False, include_context=False)
    return [_of_one_setting([str(part) for part in one["loc"]], one["type"], one["msg"]) for one in wrong]


def _of_one_setting(place: list[str], kind: str, message: str) -> str:
    if not place:
        return f"These settings do not go together: {message.removeprefix('Value error, ')}."
    names = [part for part in place if not part.isdigit()]
    variable = "SURTITLE_" + "__".join(names).upper()
    if kind == "extra_forbidden":
        return f"There is no setting {variable}. docs/operate/settings.md lists them all."
    return f"{variable} cannot be used: {message[:1].lower()}{message[1:]}. Correct or unset it."


def _of_unreadable_setting(message: str) -> str:
    """The library names the group only, and the variable is one of those that are set in it."""
    group = message.partition('field "')[2].partition('"')[0].upper()
    candidates = sorted(name for name in os.environ if name.upper().startswith(f"SURTITLE_{group}"))
    names = " or ".join(candidates) or f"SURTITLE_{group} in .env, a secret file or Vault"
    return f"{names} cannot be read. Write lists as JSON: [1, 2]."
