"""What this installation asks of servers that its users name: webhooks, recordings fetched from a URL."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from surtitle.config.group import Group
from surtitle.domain.web_addresses import origin_of

Port = Annotated[int, Field(ge=1, le=65535)]


def _proxy(value: SecretStr | None) -> SecretStr | None:
    if value is not None and origin_of(_without_account(value.get_secret_value())) is None:
        raise ValueError("write the proxy as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT")
    return value


def _without_account(url: str) -> str:
    scheme, between, rest = url.partition("://")
    return f"{scheme}{between}{rest.rpartition('@')[2]}"


def _network(text: str) -> str:
    return str(ip_network(text, strict=False))


class OutgoingSettings(Group):
    """Requests to addresses that users name; see docs/operate/outgoing.md."""

    allow_private: list[Annotated[str, AfterValidator(_network)]] = Field(
        default=[],
        description="Addresses or networks that are no part of the internet and may be asked all the same "
        '(`["10.20.0.0/16"]`). Any other private, loopback or link-local address is refused.',
    )
    ports: list[Port] = Field(
        default=[80, 443, 8080, 8443], description="Ports that may be asked. `[]`: any."
    )
    https_only: bool = Field(False, description="Refuse `http://` addresses.")
    proxy: Annotated[SecretStr | None, AfterValidator(_proxy)] = Field(
        None,
        description="A proxy (`http://HOST:PORT`) that all these requests go through. It looks names up, so "
        "it must refuse inner addresses itself. `HTTPS_PROXY` of the environment is not followed.",
    )
    connect_seconds: float = Field(10.0, gt=0, description="How long a connection may take to be made.")
    idle_seconds: float = Field(30.0, gt=0, description="How long a server may be silent in an answer.")


class FetchSettings(Group):
    """`POST /api/media/from-url`."""

    enabled: bool = Field(True, description="Whether recordings are fetched from URLs at all.")
    seconds: float = Field(7200.0, gt=0, description="How long one fetch may take from first to last byte.")
    tries: int = Field(5, ge=1, le=20, description="How often in a row a fetch may break off without news.")
    redirects: int = Field(5, ge=0, le=20, description="How often a server may send us to another address.")
    at_once: int = Field(4, ge=1, le=64, description="Fetches that one worker process does at a time.")
    of_project_at_once: int = Field(2, ge=1, le=64, description="Of these, most for one project.")
    most_waiting: int = Field(100, ge=1, description="Fetches of one project that may be unfinished.")
    sites: bool = Field(
        False,
        description="Fetch from pages of video sites with yt-dlp, where the extra `fetch` is installed "
        '(`pip install "surtitle[fetch]"`). Whether you may keep a copy is between you and the site.',
    )
