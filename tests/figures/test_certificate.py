"""A certificate is looked at where people's browsers meet it, trusted or not."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from surtitle.config import MetricsSettings, ServerSettings, Settings
from surtitle.figures.certificate import CertificateFigures

HOST = "surtitle.test"


def certificate(folder: Path, ends: datetime) -> Path:
    """A certificate of our own with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=90))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@asynccontextmanager
async def showing(file: Path, names: list[str | None]) -> AsyncIterator[int]:
    """A server with this certificate; `names` are those that it was asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("days", [30, -3])
async def test_the_end_of_a_certificate_is_told_also_when_it_has_passed(tmp_path: Path, days: int) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    names: list[str | None] = []
    async with showing(certificate(tmp_path, ends), names) as port:
        samples = await CertificateFigures(HOST, "127.0.0.1", port).read()
    assert [tuple(sample) for sample in samples] == [
        ("surtitle_certificate_expiry_timestamp_seconds", (HOST,), ends.timestamp())
    ]
    assert names == [HOST], "many hosts may stand behind one address"


async def test_where_nothing_answers_there_is_no_figure() -> None:
    with pytest.raises(OSError, match="Connect"):
        await CertificateFigures(HOST, "127.0.0.1", 1).read()


async def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surtitle.figures.certificate._SECONDS", 0.2)
    left = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TimeoutError):
            await CertificateFigures(HOST, "127.0.0.1", port).read()
        await left.wait()


def looked_at(tmp_path: Path, url: str | None, address: str | None = None) -> CertificateFigures | None:
    return CertificateFigures.of(
        Settings(
            data_dir=tmp_path,
            server=ServerSettings(public_url=url),
            metrics=MetricsSettings(certificate_address=address),
            _env_file=None,
        )
    )


def test_the_address_is_that_of_people_or_the_one_that_is_set(tmp_path: Path) -> None:
    assert looked_at(tmp_path, None) is None
    assert looked_at(tmp_path, "http://surtitle.test") is None
    assert looked_at(tmp_path, "https://localhost") is None, "nobody else comes there"
    assert looked_at(tmp_path, "https://surtitle.test") == CertificateFigures(HOST, HOST, 443)
    assert looked_at(tmp_path, "https://surtitle.test:8443") == CertificateFigures(HOST, HOST, 8443)
    told = looked_at(tmp_path, "https://surtitle.test", "traefik:8443")
    assert told == CertificateFigures(HOST, "traefik", 8443)
    assert looked_at(tmp_path, "https://surtitle.test", "[::1]:443") == CertificateFigures(HOST, "::1", 443)


@pytest.mark.parametrize("address", ["traefik", "https://traefik:8443", "traefik:", ":443", "a b:443"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="certificate_address"):
        MetricsSettings(certificate_address=address)
