"""The operator's keys: what backups are encrypted with, and by which mark each is known."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from surtitle.backups.errors import KeyMissing
from surtitle.config import BackupSettings
from surtitle.errors import Invalid

PREFIX = "surtitle-backup-"
KEY_ID_BYTES = 8
_KEY_BYTES = 32


def new_key() -> str:
    """256 random bits, as people keep them."""
    return PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class BackupKey:
    """One key. Every file has a key of its own derived from it (RFC 5869)."""

    master: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: SecretStr) -> "BackupKey":
        """Raises `Invalid` for what is no key, without saying it."""
        text = secret.get_secret_value().strip().removeprefix(PREFIX).rstrip("=")
        try:
            master = base64.urlsafe_b64decode(text + "=")
        except (binascii.Error, ValueError):
            master = b""
        if len(master) != _KEY_BYTES:
            raise Invalid("SURTITLE_BACKUP__KEY is no key. Make one with `surtitle backup key`.")
        return cls(master)

    @property
    def id(self) -> bytes:
        """Tells keys apart, and nothing of them."""
        return hashlib.sha256(b"surtitle backup key " + self.derived("id")).digest()[:KEY_ID_BYTES]

    def derived(self, purpose: str, salt: bytes = b"") -> bytes:
        info = b"surtitle backup " + purpose.encode()
        return HKDF(hashes.SHA256(), length=_KEY_BYTES, salt=salt, info=info).derive(self.master)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The key that new backups are encrypted with (None: they are not), and all that old ones may need."""

    key: BackupKey | None
    others: tuple[BackupKey, ...] = ()

    @classmethod
    def of(cls, settings: BackupSettings, *, unencrypted: bool = False) -> "KeyRing":
        keys = [BackupKey.of(secret) for secret in _stated(settings)]
        if settings.key is None or unencrypted:
            return cls(None, tuple(keys))
        return cls(keys[0], tuple(keys[1:]))

    def with_id(self, key_id: bytes) -> BackupKey:
        """Raises `KeyMissing`."""
        for key in (self.key, *self.others):
            if key is not None and key.id == key_id:
                return key
        raise KeyMissing(key_id.hex())

    def content_name(self, told: str) -> str:
        """The name of a stored content: the same for the same content, and to others it says nothing."""
        if self.key is None:
            return hashlib.sha256(told.encode()).hexdigest()
        return hmac.new(self.key.derived("names"), told.encode(), hashlib.sha256).hexdigest()


def _stated(settings: BackupSettings) -> Iterable[SecretStr]:
    if settings.key is not None:
        yield settings.key
    yield from settings.old_keys
