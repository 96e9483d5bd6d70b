"""What must not be in the log is taken out of it here, whoever put it there: secrets by their form and by the
name that they stand under, what people said, wrote and named by the name alone.

Lines that hold such things are faults all the same; this is the net below them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

HIDDEN = "[hidden]"
"""Stands where a secret stood."""
WITHHELD = "[withheld]"
"""Stands where something of a person's stood."""

_SHORTEST_SECRET = 8
_LONGEST_WORD = 15
_DEEPEST = 6

# Names (of settings, headers, fields) whose values are secrets, in any spelling.
_NAMES_OF_SECRETS = (
    r"pass(?:word|wd|phrase|code)|pwd|secret(?:[_-]?key|[_-]?access[_-]?key)?|client[_-]?secret"
    r"|(?:x[_-])?api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|routing[_-]?key|token|(?:proxy[_-])?authorization"
    r"|(?:set[_-])?cookie|signature|credentials?|otp|totp|recovery[_-]?codes?|surtitle_(?:access|refresh|csrf)"
)
_SECRET_NAME = re.compile(rf"(?:.*[^a-z])?(?:{_NAMES_OF_SECRETS})", re.IGNORECASE)
# Names whose values are what people said, wrote or named; whole names, since `text_bytes` is a figure.
_PRIVATE_NAMES = frozenset(
    (
        *(
            "answer",
            "caption",
            "captions",
            "content",
            "cue",
            "cues",
            "email",
            "excerpt",
            "filename",
            "file_name",
        ),
        *(
            "full_name",
            "glossary",
            "label",
            "lines",
            "lyrics",
            "minutes",
            "narration",
            "original_name",
            "person",
        ),
        *("prompt", "query", "question", "quote", "quotes", "recipient", "script", "segment", "segments"),
        *(
            "snippet",
            "speaker",
            "speakers",
            "subject",
            "subtitles",
            "summary",
            "text",
            "texts",
            "title",
            "to",
        ),
        *("transcript", "utterance", "word", "words"),
    )
)

_VALUE = (
    r"""(?!\[hidden\])(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
    r"""|(?:bearer|basic|key|token)\s+[^\s"'&;,)}\]]+|[^\s"'&;,)}\]]+)"""
)


def _form(pattern: str, *marks: str) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """What it finds is hidden, all but the first group. Looked for only where one of `marks` stands."""
    return marks, re.compile(pattern, re.IGNORECASE | re.DOTALL)


# In this order: what names a value goes before what knows it by its form.
_FORMS = (
    _form(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", "-----BEGIN"),
    _form(r"((?<![a-z])(?:set-)?cookie[\"']?\s*[:=]\s*)[^\r\n]+", ":", "="),
    _form(rf"((?<![a-z])(?:{_NAMES_OF_SECRETS})[\"']?\s*(?:=>?|:)\s*){_VALUE}", ":", "="),
    # Signed addresses, and what OpenID Connect brings back in one.
    _form(r"([?&](?:X-Amz-(?:Signature|Credential)|AWSAccessKeyId|sig|code|state|key)=)[^&\s\"'#]+", "="),
    _form(r"(/account/[a-z-]+#)[^\s\"'<>]+", "/account/"),
    _form(r"(://[^\s/:@\"']*:)[^\s/\"']+(?=@)", "://"),
    _form(r"(otpauth://)\S+", "otpauth"),
    _form(r"(hooks\.slack\.com/(?:services|workflows)/)\S+", "hooks.slack.com"),
    _form(r"(\b(?:bearer|basic)\s+)(?=\S*[\d=+/_.-])[\w.~+/=-]{8,}", "earer ", "asic ", "EARER ", "ASIC "),
)
# Libraries that repeat what they were given.
_REPEATED = (
    _form(r"(input_value=).*?(?=, input_type=|$)", "input_value="),
    _form(r"(\[parameters: ).*?(?=\]\n|\]$)", "[parameters:"),
    _form(r"(invalid input for query argument \$\d+: )[^\n]*", "query argument"),
    _form(r"(DETAIL:\s+)[^\n]*", "DETAIL:"),
)
# A secret that is known by how it begins, or by its alphabet and length.
_KNOWN = re.compile(
    r"(?<![\w/+-])(?:"
    r"vk_[\w-]{6,}|(?:rt|in)_[\w-]{30,}"  # keys of projects; refresh tokens and invitations
    r"|whsec_[\w+/=-]{8,}"  # what webhooks are signed with (Standard Webhooks)
    r"|eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"  # access tokens, and any other JWT
    r"|gAAAAA[\w=-]{20,}"  # what `accounts.secrets` sealed
    r"|\$argon2\S+|SCRAM-SHA-256\$\S+"  # hashes of passwords
    r"|(?:[A-Z2-7]{4,8}-){3,}[A-Z2-7]{4,8}(?!\w)|[A-Z2-7]{32}(?!\w)"  # recovery codes, TOTP
    r"|sk-[\w-]{8,}|SG\.[\w-]{8,}\.[\w-]{8,}|hf_\w{16,}|hv[sbr]\.[\w-]{12,}|s\.[A-Za-z0-9]{24}\b"
    r"|xox[a-z]-[\w-]{8,}|gh[pousr]_\w{16,}|glsa_\w{16,}|(?:AKIA|ASIA)[0-9A-Z]{16}"
    # 256 random bits and more, as `secrets.token_urlsafe` writes them: what no name and no prefix tells.
    r"|(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[A-Za-z0-9_-]{40,}(?![\w/+-])"
    r")"
)

_settings_secrets: re.Pattern[str] | None = None


def hide_secrets_of(settings: BaseModel) -> None:
    """From now on, hide the very values of all secrets in `settings` too, in whatever form they come up."""
    global _settings_secrets  # noqa: PLW0603 - like the log itself, one for the process
    values = {part for secret in _secrets_in(settings) for part in _parts_of(secret)}
    longest_first = sorted(values, key=len, reverse=True)
    _settings_secrets = re.compile("|".join(map(re.escape, longest_first))) if values else None


def redacted(text: str) -> str:
    """`text` without secrets, and without what libraries repeat of what they were given."""
    if _settings_secrets is not None:
        text = _settings_secrets.sub(HIDDEN, text)
    for forms, put in ((_REPEATED, rf"\1{WITHHELD}"), (_FORMS, rf"\1{HIDDEN}")):
        for marks, form in forms:
            if any(mark in text for mark in marks):
                text = form.sub(put, text)
    return _KNOWN.sub(HIDDEN, text)


def redacted_value(name: str, value: Any, depth: int = 0) -> Any:
    """What may be logged under `name`, of any JSON-like value."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if name.lower() in _PRIVATE_NAMES or depth > _DEEPEST:
        return WITHHELD
    if _SECRET_NAME.fullmatch(name):
        return HIDDEN
    match value:
        case Mapping():
            return {str(key): redacted_value(str(key), inner, depth + 1) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redacted_value("", inner, depth + 1) for inner in value]
        case _:
            return redacted(str(value))


def _secrets_in(settings: BaseModel) -> Iterator[str]:
    for _, value in settings:
        for inner in value.values() if isinstance(value, dict) else [value]:
            if isinstance(inner, SecretStr):
                yield inner.get_secret_value()
            elif isinstance(inner, BaseModel):
                yield from _secrets_in(inner)


def _parts_of(secret: str) -> Iterable[str]:
    """The secret, and the password in it if it is an address.

    An ordinary word is left: it would be missing from whatever else is logged, and its form shows it where it
    is used.
    """
    found = [secret]
    if "://" in secret and (password := urlsplit(secret).password):
        found += [password, unquote(password)]
    return [part for part in found if len(part) >= _SHORTEST_SECRET and not _is_word(part)]


def _is_word(text: str) -> bool:
    return text.isalpha() and text.islower() and len(text) <= _LONGEST_WORD
