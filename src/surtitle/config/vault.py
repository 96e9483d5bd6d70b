"""Talking to Vault: signing in, reading the secret that holds settings, borrowing a database account.

Everything here blocks: at the start nothing else has to run yet, and later callers use a thread.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from surtitle.config.vault_settings import VaultSettings
from surtitle.errors import Unavailable

_Answer = TypeVar("_Answer")
_PREFIX = "surtitle_"


class VaultAway(Unavailable):
    """Vault does not answer, or cannot now; the same may succeed later."""

    slug = "vault-away"


class VaultRefused(Unavailable):
    """Vault answers, and does not do it: it is not allowed, or what was asked about is no more."""

    slug = "vault-refused"
    passing = False


@dataclass(frozen=True, slots=True)
class Lease:
    """An account of the database that Vault made for us, and how long it lasts from when it was given."""

    id: str
    user: str
    password: str
    lasts_seconds: float


class Vault:
    """One sign-in. `close` it: leases and tokens of an AppRole end with it.

    Everything raises `VaultAway` and `VaultRefused`.
    """

    def __init__(self, settings: VaultSettings) -> None:
        # Takes a fifth of a second to import, and most installations have no Vault.
        import hvac  # noqa: PLC0415

        self._settings = settings
        token = settings.token.get_secret_value() if settings.token else ""
        self._client = hvac.Client(
            url=settings.address,
            token=token,
            namespace=settings.namespace,
            verify=str(settings.ca_file) if settings.ca_file else True,
            timeout=settings.timeout_seconds,
        )
        if settings.role_id is not None:
            try:
                self._sign_in()
            except BaseException:
                self.hang_up()
                raise

    def settings_kept(self) -> dict[str, str]:
        """What the KV secret holds, by the names of our variables in small letters."""
        mount, path = self._settings.kv_mount, self._settings.kv_path
        answer = self._asked(
            f"read the secret {mount}/{path}",
            lambda: self._client.secrets.kv.v2.read_secret_version(
                path=path, mount_point=mount, raise_on_deleted_version=True
            ),
        )
        return {_variable(key): _text(value) for key, value in answer["data"]["data"].items()}

    def borrow_database_account(self) -> Lease:
        """A user and a password, made for us."""
        role, mount = self._settings.database_role, self._settings.database_mount
        answer = self._asked(
            f"lend an account of the database by the role {mount}/{role}",
            lambda: self._client.secrets.database.generate_credentials(name=role, mount_point=mount),
        )
        account = answer["data"]
        lasts = float(answer["lease_duration"])
        return Lease(answer["lease_id"], account["username"], account["password"], lasts)

    def renew_lease(self, lease: Lease) -> float:
        """How many seconds the account lasts from now on: ever fewer near the end of its longest life."""
        answer = self._asked(
            "renew the lease of the database account",
            lambda: self._client.sys.renew_lease(lease_id=lease.id, increment=int(lease.lasts_seconds)),
        )
        return float(answer["lease_duration"])

    def renew_token(self) -> float | None:
        """How many seconds our sign-in lasts from now on; None for one that does not end."""
        told = self._asked("tell about our token", self._client.auth.token.lookup_self)["data"]
        if told["ttl"] == 0:
            return None
        if not told.get("renewable"):
            return float(told["ttl"])
        answer = self._asked("renew our token", self._client.auth.token.renew_self)
        return float(answer["auth"]["lease_duration"])

    def close(self) -> None:
        """Give back what was borrowed, where the sign-in was made for us; another's token stays."""
        if self._settings.role_id is not None:
            # It ends by itself too; being away now is no reason for a stopping process to fail.
            with suppress(Unavailable):
                self._asked("end our sign-in", self._client.auth.token.revoke_self)
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connections, and leave what was borrowed to end by itself."""
        self._client.adapter.close()

    def _sign_in(self) -> None:
        role, secret = self._settings.role_id, self._settings.secret_id
        assert secret is not None
        self._asked(
            "let us in by AppRole",
            lambda: self._client.auth.approle.login(
                role_id=role,
                secret_id=secret.get_secret_value(),
                mount_point=self._settings.approle_mount,
            ),
        )

    def _asked(self, wish: str, ask: Callable[[], _Answer]) -> Any:
        from hvac import exceptions  # noqa: PLC0415

        passing = (
            exceptions.VaultDown,
            exceptions.InternalServerError,
            exceptions.BadGateway,
            exceptions.RateLimitExceeded,
        )
        address = self._settings.address
        try:
            return ask()
        except exceptions.VaultError as error:
            why = ", ".join(error.errors or ()) or type(error).__name__
            if isinstance(error, passing):
                raise VaultAway(f"Vault at {address} cannot {wish} now: {why}. Is it unsealed?") from error
            raise VaultRefused(
                f"Vault at {address} did not {wish}: {why}. Check SURTITLE_VAULT__… and what its policy "
                "allows."
            ) from error
        except OSError as error:
            # What `requests` raises are all of these.
            raise VaultAway(
                f"Vault at {address} does not answer ({type(error).__name__}), so it could not {wish}. Check "
                "SURTITLE_VAULT__ADDRESS and __CA_FILE, and that it runs."
            ) from error


@contextmanager
def signed_in(settings: VaultSettings) -> Iterator[Vault]:
    """A sign-in while the block lasts."""
    vault = Vault(settings)
    try:
        yield vault
    finally:
        vault.close()


def settings_in(settings: VaultSettings) -> Mapping[str, str]:
    """The settings that Vault keeps for us, none where it is not asked to."""
    if settings.address is None or settings.kv_path is None:
        return {}
    with signed_in(settings) as vault:
        return vault.settings_kept()


def _variable(key: str) -> str:
    return _PREFIX + key.lower().removeprefix(_PREFIX)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
