"""What is wrong, or odd, with settings that are each valid by themselves."""

import difflib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from surtitle.config.certificates import trust_in
from surtitle.config.keeping import lies_within
from surtitle.config.names import BETWEEN, PREFIX, as_written, leaves, variable
from surtitle.config.settings import Settings
from surtitle.errors import Invalid

_BEATS_IN_A_LEASE = 3
_OURS_BUT_NO_SETTING = frozenset({"surtitle_parent_pid", "surtitle_worker_number"})


@dataclass(frozen=True, slots=True)
class Concern:
    """`about` is a variable; a `wrong` one keeps something from working, another is only worth knowing."""

    about: str
    wrong: bool
    what: str
    mend: str


def concerns(settings: Settings, environment: Mapping[str, str] = os.environ) -> list[Concern]:
    """All that can be said without asking another server."""
    return [*_unknown(environment), *_timings(settings), *_reach(settings), *_shared(settings),
            *_certificates(settings), *_backups(settings), *_secrecy(settings),
            *_way_out(settings, environment)]  # fmt: skip


def _unknown(environment: Mapping[str, str]) -> Iterator[Concern]:
    """A mistyped group or top name is no error to the library: it may be another program's."""
    known = {variable(path) for path, _field in leaves(Settings)}
    groups = {name.split(BETWEEN)[0] for name in known}
    for name in sorted(name.lower() for name in environment):
        if not name.startswith(PREFIX) or name in _OURS_BUT_NO_SETTING:
            continue
        if name.removesuffix("_file") in known or name.split(BETWEEN)[0] in groups:
            continue
        near = difflib.get_close_matches(name, known, 1)
        mend = f"Did you mean {as_written(near[0])}?" if near else "Remove it."
        yield Concern(as_written(name), wrong=False, what="there is no such setting", mend=mend)


def _timings(settings: Settings) -> Iterator[Concern]:
    jobs = settings.jobs
    if jobs.lease_seconds < _BEATS_IN_A_LEASE * jobs.beat_seconds:
        yield Concern(
            "SURTITLE_JOBS__LEASE_SECONDS",
            wrong=True,
            what=f"a lease of {jobs.lease_seconds:g} s may end between two beats of {jobs.beat_seconds:g} s, "
            "and the job is then done twice",
            mend=f"Set it to {_BEATS_IN_A_LEASE * jobs.beat_seconds:g} or more.",
        )


def _reach(settings: Settings) -> Iterator[Concern]:
    server = settings.server
    if server.auth == "personal" and not _is_loopback(server.host):
        yield Concern(
            "SURTITLE_SERVER__HOST",
            wrong=True,
            what=f"{server.host} can be reached by others, and nobody is asked who they are",
            mend="Set SURTITLE_SERVER__AUTH=required, or listen on 127.0.0.1.",
        )
    if server.auth == "required" and server.public_url is None:
        yield Concern(
            "SURTITLE_SERVER__PUBLIC_URL",
            wrong=False,
            what="links in mails lead to localhost, and only localhost is answered",
            mend="Set it to https:// and the name that people type.",
        )
    if server.auth == "required" and server.metrics_token is None:
        yield Concern(
            "SURTITLE_SERVER__METRICS_TOKEN",
            wrong=False,
            what="Prometheus cannot read /metrics without signing in",
            mend="Set it to what `openssl rand -hex 32` prints, here and in Prometheus.",
        )
    if worker_figures_are_open(settings):
        yield Concern(
            "SURTITLE_METRICS__WORKER_PORT",
            wrong=True,
            what="workers do not start, for everybody could read their figures",
            mend="Set SURTITLE_SERVER__METRICS_TOKEN, or unset it.",
        )


def worker_figures_are_open(settings: Settings) -> bool:
    """Whether workers would tell their figures to everybody; then they do not start."""
    server, metrics = settings.server, settings.metrics
    if metrics.worker_port is None or server.metrics_token is not None:
        return False
    return server.auth == "required" or not _is_loopback(metrics.worker_host)


def _shared(settings: Settings) -> Iterator[Concern]:
    """What several machines must have in common."""
    if settings.effective_database_url.startswith("sqlite"):
        return
    if settings.accounts.secret_key is None:
        yield Concern(
            "SURTITLE_ACCOUNTS__SECRET_KEY",
            wrong=False,
            what="each data directory has a secret of its own, and machines do not know each other's",
            mend="Set the same one everywhere, made with `openssl rand -hex 32`.",
        )
    if settings.vault.database_role and settings.vault.address is None:
        yield Concern(
            "SURTITLE_VAULT__DATABASE_ROLE",
            wrong=True,
            what="there is no Vault to ask for an account",
            mend="Set SURTITLE_VAULT__ADDRESS, or unset the role.",
        )


def _certificates(settings: Settings) -> Iterator[Concern]:
    variable = "SURTITLE_WRITING__CA_FILE"
    if settings.writing.ca_file is None:
        return
    try:
        trust_in(settings.writing.ca_file, variable)
    except Invalid as error:
        yield Concern(variable, wrong=True, what=error.message, mend="Correct the path, or unset it.")


def _backups(settings: Settings) -> Iterator[Concern]:
    backup = settings.backup
    if backup.store_url is None:
        return
    if backup.key is None and not backup.unencrypted:
        yield Concern(
            "SURTITLE_BACKUP__KEY",
            wrong=True,
            what="backups are to be made, and there is no key to encrypt them with",
            mend="Set it to what `surtitle backup key` prints, and keep it somewhere else too.",
        )
    store = backup.storage(backup.store_url, settings.effective_storage)
    if lies_within(store, settings.effective_storage, settings.storage_directory):
        yield Concern(
            "SURTITLE_BACKUP__STORE_URL",
            wrong=False,
            what="backups lie where the files do: what takes the one takes the other",
            mend="Name another disk, bucket or provider.",
        )


def _secrecy(settings: Settings) -> Iterator[Concern]:
    address = settings.vault.address
    if address and address.startswith("http://") and not _is_loopback(urlsplit(address).hostname or ""):
        yield Concern(
            "SURTITLE_VAULT__ADDRESS",
            wrong=False,
            what="secrets come over a line that is not encrypted",
            mend="Use https:// unless this network is yours alone.",
        )
    if settings.mail.host and settings.mail.security == "none" and settings.mail.password is not None:
        yield Concern(
            "SURTITLE_MAIL__SECURITY",
            wrong=False,
            what="the password goes to the mail server unencrypted",
            mend="Set it to starttls or tls.",
        )
    dotenv = Path(".env")
    if dotenv.is_file() and stat.S_IMODE(dotenv.stat().st_mode) & stat.S_IROTH:
        yield Concern(
            ".env", wrong=False, what="every user of this machine can read it", mend="chmod 600 .env"
        )


def _way_out(settings: Settings, environment: Mapping[str, str]) -> Iterator[Concern]:
    named = {name.upper() for name in environment} & {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}
    if named and settings.outgoing.proxy is None:
        yield Concern(
            "SURTITLE_OUTGOING__PROXY",
            wrong=False,
            what=f"webhooks and recordings from URLs do not follow {min(named)}",
            mend="Set it if there is no other way out; docs/operate/outgoing.md says what it means.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
