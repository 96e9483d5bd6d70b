"""How people are written to, and which chat services may be told."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from surtitle.config.group import Group
from surtitle.domain.web_addresses import is_confidential


class MailSettings(Group):
    """How mails are sent: by an SMTP server (`host`) or by SendGrid. Without either, mails about accounts are
    written to the log instead, and others are not written.
    """

    host: str | None = Field(None, description="Name or address of the SMTP server.")
    port: int = Field(587, ge=1, le=65535, description="Its port; usually 587, and 465 with `tls`.")
    security: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="`tls` from the first byte, `starttls` after a greeting, or none at all."
    )
    username: str | None = Field(None, description="For a server that asks who sends.")
    password: SecretStr | None = Field(None, description="That user's password.")
    ca_file: Path | None = Field(
        None,
        description="Certificates (PEM) that the server's must be signed by. Default: those of the system.",
    )
    timeout_seconds: float = Field(
        30.0, gt=0, le=120, description="How long handing over one mail may take, from first to last byte."
    )
    sendgrid_api_key: SecretStr | None = Field(
        None, description="Send through SendGrid's API with this key, where no `host` is set."
    )
    sendgrid_url: str = Field(
        "https://api.sendgrid.com", description="Where SendGrid is asked; `https://api.eu.sendgrid.com` too."
    )
    sender: str = Field("Surtitle <surtitle@localhost>", description="Whom mails come from.")
    language: Literal["en", "fr", "es"] = Field(
        "en", description="For those whose language is not known, and for channels."
    )
    give_up_hours: float = Field(
        72.0, gt=0, description="How long a mail is tried again while the server does not take it."
    )
    keep_days: int = Field(
        7, ge=1, le=365, description="How long it is remembered that a mail was sent, or that it failed."
    )
    most_of_a_kind: int = Field(
        5,
        ge=1,
        description="Mails of one kind that a person gets within `window_minutes`; when there is more to "
        "tell, one mail tells of all of it.",
    )
    window_minutes: float = Field(10.0, gt=0, le=1440, description="The window of `most_of_a_kind`.")

    @field_validator("sendgrid_url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        if not is_confidential(url):
            raise ValueError("the key goes to an https:// address only; http:// works on loopback alone")
        return url.rstrip("/")

    @property
    def delivers(self) -> bool:
        """Whether mails leave this installation."""
        return self.host is not None or self.sendgrid_api_key is not None


class ChannelSettings(Group):
    """Chat services that are told of jobs; see docs/user/notifications.md."""

    services: list[str] = Field(
        default=[
            "discord", "gchat", "gotify", "gotifys", "json", "jsons", "matrix", "matrixs", "mmost", "mmosts",
            "msteams", "nctalk", "nctalks", "ntfy", "ntfys", "opsgenie", "pagerduty", "pover", "rocket",
            "rockets", "signal", "signals", "slack", "tgram", "workflow", "workflows", "wxteams", "zulip",
        ],
        description="What a channel's URL may begin with (JSON), of the services that Apprise knows and "
        "reaches by HTTP.",
    )  # fmt: skip
    most_of_a_project: int = Field(10, ge=0, description="How many channels a project may have.")
    timeout_seconds: float = Field(30.0, gt=0, le=120, description="How long telling one channel may take.")
