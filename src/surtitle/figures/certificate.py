"""Until when the certificate holds that people's browsers are shown, whoever answers for us."""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography import x509

from surtitle.config import Settings
from surtitle.observability.metrics import Sample

_HTTPS_PORT = 443
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class CertificateFigures:
    """The certificate that `address` and `port` show to who asks for `host`."""

    host: str
    address: str
    port: int

    @classmethod
    def of(cls, settings: Settings) -> "CertificateFigures | None":
        """None where people come by plain HTTP, or nobody but this machine does."""
        public = urlsplit(settings.server.public_url or "")
        if public.scheme != "https" or public.hostname is None:
            return None
        if (told := settings.metrics.certificate_address) is not None:
            address, _, port = told.rpartition(":")
            return cls(public.hostname, address.strip("[]"), int(port))
        if _is_this_machine(public.hostname):
            return None
        return cls(public.hostname, public.hostname, public.port or _HTTPS_PORT)

    async def read(self) -> Sequence[Sample]:
        """Raises `OSError` where nothing answers with a certificate."""
        trust = ssl.create_default_context()
        # Looked at, not trusted: one that has ended, or is our own, must be told of as well.
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        async with asyncio.timeout(_SECONDS):
            _reader, writer = await asyncio.open_connection(
                self.address, self.port, ssl=trust, server_hostname=self.host
            )
        try:
            shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        finally:
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await writer.wait_closed()
        ends = x509.load_der_x509_certificate(shown).not_valid_after_utc
        return [Sample("surtitle_certificate_expiry_timestamp_seconds", (self.host,), ends.timestamp())]


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
