"""The token against CSRF as pages carry it: in other letters each time.

Pages are sent compressed, and how small one becomes tells whoever can put words into it and watches the line
which of their words it held already (BREACH). Of what is never written twice the same way nothing is told.
"""

import base64
import binascii
import os

_TOKEN_BYTES = 32


def masked(token: str) -> str:
    """`token`, which is 32 bytes in hexadecimal, behind fresh random bytes and mixed with them."""
    mask = os.urandom(_TOKEN_BYTES)
    return base64.urlsafe_b64encode(mask + _mixed(bytes.fromhex(token), mask)).decode().rstrip("=")


def unmasked(offered: str) -> str:
    """The token in what a page sent; whatever is not masked comes back as it is."""
    try:
        raw = base64.b64decode(f"{offered}==", altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return offered
    return _mixed(raw[_TOKEN_BYTES:], raw[:_TOKEN_BYTES]).hex() if len(raw) == 2 * _TOKEN_BYTES else offered


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
