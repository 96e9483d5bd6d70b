"""Signed S3 addresses: one request each, until a moment, to whoever has the address.

AWS Signature Version 4 in the query string, as published (https://docs.aws.amazon.com/AmazonS3/latest/API/
sigv4-query-string-auth.html). obstore signs whole objects only, not the parts of a multipart upload, and
no name for the file; see docs/decisions/0012-storage-at-scale.md.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

from surtitle.clock import utc_now

MOST_SECONDS = 7 * 24 * 3600
"""What the standard allows."""

_ALGORITHM = "AWS4-HMAC-SHA256"
# The body is not part of the signature: whoever sends it need not have read it before.
_PAYLOAD = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """A bucket, where it is reached, and the keys that open it.

    `endpoint` is as people set it (`https://s3.example.org`); without one it is Amazon's for the region.
    """

    name: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    endpoint: str | None = None

    @property
    def address(self) -> str:
        """The bucket's own address: a host of its own at Amazon, a folder at everybody else's."""
        if self.endpoint is None:
            return f"https://{self.name}.s3.{self.region}.amazonaws.com"
        return f"{self.endpoint.rstrip('/')}/{self.name}"

    def signed(
        self,
        method: str,
        key: str,
        seconds: int,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        now: datetime | None = None,
    ) -> str:
        """An address at which `method` works on `key` for so many seconds, with this query and no other.

        A client has to send `headers` exactly so. An empty key means the bucket itself.
        """
        moment = f"{now or utc_now():%Y%m%dT%H%M%SZ}"
        base = urlsplit(self.address)
        path = quote(f"{base.path}/{key}", safe="/~")
        signed_headers = {
            "host": base.netloc,
            **{name.lower(): text for name, text in (headers or {}).items()},
        }
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        asked = _query(
            {
                **(query or {}),
                "X-Amz-Algorithm": _ALGORITHM,
                "X-Amz-Credential": f"{self.access_key}/{scope}",
                "X-Amz-Date": moment,
                "X-Amz-Expires": str(seconds),
                "X-Amz-SignedHeaders": ";".join(sorted(signed_headers)),
            }
        )
        request = _canonical(method, path, asked, signed_headers)
        signature = self._signature(f"{_ALGORITHM}\n{moment}\n{scope}\n{_hashed(request)}", moment[:8])
        return f"{base.scheme}://{base.netloc}{path}?{asked}&X-Amz-Signature={signature}"

    def _signature(self, told: str, day: str) -> str:
        key = f"AWS4{self.secret_key}".encode()
        for part in (day, self.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()


def _canonical(method: str, path: str, query: str, headers: Mapping[str, str]) -> str:
    lines = [f"{name}:{text.strip()}" for name, text in sorted(headers.items())]
    return "\n".join([method, path, query, *lines, "", ";".join(sorted(headers)), _PAYLOAD])


def _query(asked: Mapping[str, str]) -> str:
    return "&".join(
        f"{quote(name, safe='~')}={quote(text, safe='~')}" for name, text in sorted(asked.items())
    )


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
