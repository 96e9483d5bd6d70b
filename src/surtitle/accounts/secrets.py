"""The installation's own secret: seals what has to be read again, signs what must not be forged."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from surtitle.config import Settings
from surtitle.errors import Unavailable

_TOKEN_BYTES = 32
_SECRET_FILE = "secret.key"  # noqa: S105 - where it is, not what it is


class Secrets:
    """Keys derived from the master secret, one for each purpose (RFC 5869)."""

    def __init__(self, master: bytes) -> None:
        self._master = master

    def seal(self, purpose: str, text: str) -> str:
        """`text`, readable only with `opened` and the same purpose."""
        return Fernet(base64.urlsafe_b64encode(self._derived(purpose))).encrypt(text.encode()).decode()

    def opened(self, purpose: str, sealed: str) -> str:
        """What was sealed. Raises `Unavailable` when it was sealed with another secret."""
        try:
            return Fernet(base64.urlsafe_b64encode(self._derived(purpose))).decrypt(sealed).decode()
        except InvalidToken as error:
            raise Unavailable(
                f"A {purpose} in the database was sealed with another secret. Set "
                "SURTITLE_ACCOUNTS__SECRET_KEY, or the file `secret.key` in the data directory, to what "
                "they were when it was written."
            ) from error

    def signature(self, purpose: str, text: str) -> str:
        """HMAC-SHA-256 in hexadecimal."""
        return hmac.new(self._derived(purpose), text.encode(), hashlib.sha256).hexdigest()

    def signed(self, purpose: str, text: str, signature: str) -> bool:
        """Whether `signature` is that of `text`; takes as long for any wrong one."""
        return hmac.compare_digest(self.signature(purpose, text).encode(), signature.encode())

    def _derived(self, purpose: str) -> bytes:
        info = b"surtitle:" + purpose.encode()
        return HKDF(hashes.SHA256(), length=32, salt=None, info=info).derive(self._master)


def open_secrets(settings: Settings) -> Secrets:
    """The secret that is set, or the data directory's own, made when it is missing."""
    if settings.accounts.secret_key is not None:
        return Secrets(settings.accounts.secret_key.get_secret_value().encode())
    return Secrets(_kept(settings.data_dir / _SECRET_FILE))


def own_secret(settings: Settings) -> str | None:
    """The data directory's secret, where that is the one that counts."""
    path = settings.data_dir / _SECRET_FILE
    if settings.accounts.secret_key is not None or not path.exists():
        return None
    return path.read_text(encoding="utf-8").strip()


def put_back_secret(settings: Settings, secret: str) -> Path | None:
    """Make this the data directory's secret again, for what was sealed with it to be read. The one that was
    there stays beside it: where. None where nothing had to be moved.
    """
    path = settings.data_dir / _SECRET_FILE
    if settings.accounts.secret_key is not None or own_secret(settings) == secret:
        return None
    aside = None
    if path.exists():
        aside = path.with_name(f"{_SECRET_FILE}.before-restore")
        path.replace(aside)
    _written(path, secret.encode())
    return aside


def new_token(prefix: str = "") -> str:
    """256 random bits for a key or a link, behind `prefix`."""
    return prefix + secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What is stored of a token. It is random: a quick hash is enough, and can be looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


def _kept(path: Path) -> bytes:
    if not path.exists():
        _written(path, secrets.token_urlsafe(48).encode())
    kept = path.read_bytes().strip()
    if len(kept) < _TOKEN_BYTES:
        raise Unavailable(f"{path} holds less than {_TOKEN_BYTES} bytes. Restore it from a backup.")
    return kept


def _written(path: Path, secret: bytes) -> None:
    """Written whole or not at all, for our eyes alone, where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    try:
        # Two processes may start at once: only one link succeeds, and both read that file.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
