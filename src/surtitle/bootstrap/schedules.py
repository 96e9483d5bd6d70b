"""What an installation does every so often, once however many processes it has."""

from collections.abc import Sequence
from datetime import timedelta

from surtitle.bootstrap.backups import DailyBackup
from surtitle.bootstrap.installation import Installation
from surtitle.jobs.part_endings import PartSweeper
from surtitle.jobs.schedules import Schedule
from surtitle.jobs.settled_events import settle_events
from surtitle.usage.metering import release_forgotten
from surtitle.usage.storage import StorageMeter

_TEN_SECONDS = 10.0
_MINUTE = 60.0
_FIVE_MINUTES = 5 * _MINUTE
_TEN_MINUTES = 10 * _MINUTE
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def schedules_here(parts: Installation) -> Sequence[Schedule]:
    """What a server or worker looks after beside its own work; nothing where it is left to the scheduler."""
    return schedules_of(parts) if parts.settings.jobs.schedules == "everywhere" else ()


def schedules_of(parts: Installation) -> Sequence[Schedule]:
    """All of them: whoever comes first runs what is due."""
    sweeper = PartSweeper(parts.database, parts.store, parts.hub)
    return (
        Schedule("media.sweep", _TEN_MINUTES, parts.media.sweep),
        Schedule("events.settle", _TEN_MINUTES, lambda: settle_events(parts.database)),
        Schedule("parts.sweep", _TEN_SECONDS, sweeper.sweep, needed=sweeper.needed),
        Schedule("films.call-off", _TEN_SECONDS, parts.calling_off.call_off, needed=parts.calling_off.needed),
        Schedule("workers.warn-unserved", _MINUTE, parts.workers.warn_unserved),
        Schedule("usage.settle-days", _HOUR, StorageMeter(parts.database, parts.settings).settle_days),
        *_of_figures(parts),
        Schedule("usage.release-forgotten", _HOUR, lambda: release_forgotten(parts.database)),
        Schedule("sessions.remove-stale", _TEN_MINUTES, parts.accounts.people.sessions.remove_stale),
        Schedule("voices.resume-erasing", _MINUTE, parts.voices.erasing.resume),
        Schedule(
            "voices.forget-meetings",
            _MINUTE,
            parts.voices.forgetting.forget_meetings,
            needed=parts.voices.forgetting.anything_held,
        ),
        Schedule(
            "voices.forget-expired",
            _HOUR,
            lambda: parts.voices.forgetting.forget_expired(
                timedelta(days=parts.settings.voices.keep_expired_days)
            ),
        ),
        Schedule("webhooks.forget", _HOUR, parts.webhooks.deliverer.due.forget),
        Schedule("fetches.forget", _HOUR, parts.fetching.service.forget),
        Schedule(
            "quotas.tell",
            _FIVE_MINUTES,
            parts.notifications.quota_news.tell,
            needed=parts.notifications.quota_news.needed,
        ),
        Schedule("outbox.remove-old", _HOUR, parts.notifications.outbox.remove_old),
        Schedule("erasures.resume", _MINUTE, parts.data_protection.erasures.resume),
        Schedule("retention.apply", _DAY, parts.data_protection.retention.apply),
        Schedule(
            "retention.resume",
            _MINUTE,
            parts.data_protection.retention.resume,
            needed=parts.data_protection.retention.anything_left,
        ),
        *_of_backups(parts),
    )


def _of_backups(parts: Installation) -> Sequence[Schedule]:
    backup = DailyBackup(parts)
    schedules = []
    if backup.wanted:
        schedules.append(Schedule("backups.create", _HOUR, backup.make, needed=backup.is_due, is_long=True))
    if backup.has_place:
        # Whoever makes the backups: what is erased after the newest must not come back with it.
        schedules.append(Schedule("backups.carry-lists", _TEN_MINUTES, backup.carry))
    return schedules


def _of_figures(parts: Installation) -> Sequence[Schedule]:
    """Looked at every hour: days end at other times in other time zones, and some things come late. A Spark
    cluster is asked by whoever plans its work (docs/operate/kpis.md).
    """
    if parts.settings.analytics.engine == "spark":
        return ()
    return (Schedule("kpis.compute", _HOUR, parts.analytics.daily().compute_due),)
