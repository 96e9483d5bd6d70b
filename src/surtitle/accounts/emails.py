"""E-mail addresses: as people type them, and in the one form by which an account is found."""

import unicodedata
from contextlib import suppress

import email_validator
from email_validator import EmailNotValidError, validate_email

from surtitle.errors import Invalid

# An intranet's mail server may have such a name; the library offers this list for editing.
for _name in ("local", "localhost", "test"):
    with suppress(ValueError):
        email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(_name)

_MOST_CHARACTERS = 254  # RFC 5321, section 4.5.3.1.3: a path of 256 has two angle brackets


def canonical(email: str) -> str:
    """The form in which two spellings of one address are equal. Raises `Invalid`.

    NFC and without case in both parts, the domain in IDNA's ASCII. What follows a `+` stays: it is the
    mail server's business whether it tells mailboxes apart.
    """
    local, _, domain = _checked(email).rpartition("@")
    # Case-folding can leave characters decomposed, so that NFC comes last.
    return f"{unicodedata.normalize('NFC', local.casefold())}@{domain.lower()}"


def as_written(email: str) -> str:
    """The address to send mails to: its own spelling, without what surrounds it. Raises `Invalid`."""
    return unicodedata.normalize("NFC", email.strip())


def _checked(email: str) -> str:
    try:
        found = validate_email(
            as_written(email),
            check_deliverability=False,  # asks no name server: an installation may have no network
            globally_deliverable=False,  # nor has an intranet's name to have a dot
        )
    except (EmailNotValidError, UnicodeError):
        raise Invalid("This is no e-mail address. Write it as name@example.org.", field="email") from None
    address = f"{found.local_part}@{found.ascii_domain}"
    if len(address) > _MOST_CHARACTERS:
        raise Invalid(
            f"An e-mail address has at most {_MOST_CHARACTERS} characters. Give a shorter one.", field="email"
        )
    return address
