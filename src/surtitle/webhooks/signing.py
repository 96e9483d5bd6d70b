"""Signatures by Standard Webhooks (https://www.standardwebhooks.com), version v1."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"

_SECRET_BYTES = 32


def new_secret() -> str:
    """256 random bits, as receivers' libraries take them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def signed_headers(
    signing: Sequence[str], message_id: str, epoch_seconds: int, body: bytes
) -> dict[str, str]:
    """The three headers of one try, with a signature by each secret: a receiver knows one of them."""
    told = b"%s.%d." % (message_id.encode("ascii"), epoch_seconds) + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(epoch_seconds),
        "webhook-signature": " ".join(f"v1,{_signature(secret, told)}" for secret in signing),
    }


def _signature(secret: str, told: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode("ascii")
