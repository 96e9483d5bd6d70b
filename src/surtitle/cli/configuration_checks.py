"""The checks of `surtitle config check`."""

from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_settings import SettingsError

from surtitle.bootstrap.connections import Tried, try_connections
from surtitle.cli import notices
from surtitle.cli.checkup import Finding, State
from surtitle.cli.failures import of_settings, told
from surtitle.config import LogSettings, Settings
from surtitle.config.origins import DEFAULT, all_stated
from surtitle.config.soundness import Concern, concerns
from surtitle.errors import SurtitleError
from surtitle.observability.logs import configure_logs


async def examine_settings(*, offline: bool = False) -> list[Finding]:
    """Whether the settings can be read, go together, and lead to servers that answer."""
    # Libraries would tell the log what the findings tell better.
    configure_logs(LogSettings(level="error"))
    findings = [Finding("older name", State.NOTE, sentence) for sentence in notices.taken()]
    try:
        settings = Settings()
    except ValidationError as error:
        return [*findings, *(Finding("setting", State.MISSING, what) for what in of_settings(error))]
    except (SettingsError, SurtitleError) as error:
        failure = told(error)
        return [*findings, Finding("settings", State.MISSING, failure.sentence if failure else str(error))]
    findings += _where(settings)
    findings += [_concern(concern) for concern in concerns(settings)]
    if not offline:
        findings += [_tried(tried) for tried in await try_connections(settings)]
    return findings


def _where(settings: Settings) -> Iterator[Finding]:
    for one in all_stated(settings):
        if one.origin != DEFAULT:
            yield Finding(one.name, State.OK, f"{one.value}  ({one.origin})")


def _concern(concern: Concern) -> Finding:
    state = State.MISSING if concern.wrong else State.NOTE
    return Finding(concern.about, state, concern.what, concern.mend)


def _tried(tried: Tried) -> Finding:
    state = State.OK if tried.answers else State.MISSING
    return Finding(tried.name, state, tried.detail, tried.mend)
