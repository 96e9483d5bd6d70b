"""Every kind of secret that the product makes, is given or hands out, where it could be told."""

import base64
import secrets
from pathlib import Path
from uuid import uuid4

import jwt
import pyotp
import pytest
from pydantic import BaseModel, ValidationError

from surtitle.accounts.authentication import KEY_PREFIX
from surtitle.accounts.invitations import TOKEN_PREFIX
from surtitle.accounts.secrets import Secrets, new_token
from surtitle.config import Settings
from surtitle.observability import redaction
from surtitle.observability.redaction import HIDDEN, WITHHELD, hide_secrets_of, redacted, redacted_value

_SEALED = Secrets(b"m" * 32)
_CODE = base64.b32encode(secrets.token_bytes(10)).decode()
_HEX = secrets.token_hex(32)

# What is a secret wherever it stands.
KNOWN_BY_ITSELF = {
    "key of a project": new_token(KEY_PREFIX),
    "refresh token": new_token("rt_"),
    "invitation": new_token(TOKEN_PREFIX),
    "link that works once": new_token(),
    "the installation's secret": secrets.token_urlsafe(48),
    "access token": jwt.encode({"sub": str(uuid4()), "iss": "surtitle"}, "k" * 32, "HS256"),
    "sealed in the database": _SEALED.seal("second factor", "x"),
    "authenticator's secret": pyotp.random_base32(),
    "recovery code": "-".join(_CODE[at : at + 4] for at in range(0, 16, 4)),
    "what webhooks are signed with": "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode(),
    "hash of a password": "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b7dWg",
    "verifier of PostgreSQL": "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy",
    "OpenAI": "sk-proj-abcDEF123456",
    "SendGrid": "SG.abcdefghijklmnop.qrstuvwxyz012345",
    "Hugging Face": "hf_abcdefghijklmnopqrst",
    "Vault": "hvs.CAESIJ1234567890abcdef",
    "Slack": "xoxb-1234567890-abcdef",
    "GitHub": "ghp_abcdefghijklmnop1234",
    "Grafana": "glsa_abcdefghijklmnop1234",
    "Amazon": "AKIAIOSFODNN7EXAMPLE",
}
SENTENCES = (
    "{}",
    "it was {}.",
    "could not use '{}': refused",
    '{{"x": "{}"}}',
    "GET /x?y={}&z=1",
    "a\n  {}\nb",
)

# What is one by what stands before it: the text, and the secret in it.
KNOWN_BY_ITS_PLACE = {
    "password in words": ("password: correct-horse", "correct-horse"),
    "password in JSON": ('{"password": "correct horse \\" battery", "n": 1}', "battery"),
    "password in Python": ("{'new_password': 'correct horse'}", "correct horse"),
    "password of a variable": ("SURTITLE_MAIL__PASSWORD=correct-horse x", "correct-horse"),
    "password of an address": ("postgresql://surtitle:p%40ss-word@db:5432/x", "p%40ss-word"),
    "password of Redis": ("redis://:only-a-password@redis:6379/0", "only-a-password"),
    "bearer": ("Authorization: Bearer abc.def", "abc.def"),
    "bearer alone": ("sent bearer opaque-token-12", "opaque-token-12"),
    "basic": ("'authorization': 'Basic YWRhOnNlY3JldA=='", "YWRhOnNlY3JldA=="),
    "key of fal": ("Authorization: Key 1234:abcd", "1234:abcd"),
    "key in its header": ("X-API-Key: an-operators-own", "an-operators-own"),
    "cookie": ("Cookie: surtitle_refresh=opaque; other=1", "opaque"),
    "cookie that is set": ("set-cookie: surtitle_access=opaque; Path=/", "opaque"),
    "token against CSRF": ("surtitle_csrf=opaque1", "opaque1"),
    "signed by us": (f"/files/a/b.mp4?expires=1&signature={_HEX}", _HEX),
    "signed by S3": (f"https://s3/x?X-Amz-Credential=AK%2Fx&X-Amz-Signature={_HEX}&y=1", _HEX),
    "credential of S3": (f"https://s3/x?X-Amz-Credential=ABCD%2Fx&X-Amz-Signature={_HEX}", "ABCD"),
    "code of OpenID Connect": ("/api/openid/callback?state=st-1&code=co-1", "co-1"),
    "state of OpenID Connect": ("/api/openid/callback?state=st-1&code=co-1", "st-1"),
    "secret of OpenID Connect": ("client_secret=shh-quiet", "shh-quiet"),
    "link to an account's page": ("open http://x/account/new-password#tok-en now", "tok-en"),
    "authenticator's address": ("otpauth://totp/Surtitle:a?secret=AAAABBBB", "AAAABBBB"),
    "Slack's address": ("https://hooks.slack.com/services/T0/B0/xyz", "xyz"),
    "code of six digits": ("otp=123456", "123456"),
    "private key": ("-----BEGIN PRIVATE KEY-----\nMC4CAQA\n-----END PRIVATE KEY-----", "MC4CAQA"),
    "half a private key": ("-----BEGIN EC PRIVATE KEY-----\nMC4CAQA", "MC4CAQA"),
    "access key": ("secret_access_key='abc/def+ghi'", "abc/def+ghi"),
}

PRIVATE = (
    "text",
    "prompt",
    "transcript",
    "filename",
    "file_name",
    "question",
    "title",
    "speaker",
    "Words",
    "email",
)


@pytest.mark.parametrize("kind", KNOWN_BY_ITSELF)
def test_a_secret_is_hidden_wherever_it_stands(kind: str) -> None:
    secret = KNOWN_BY_ITSELF[kind]
    for sentence in SENTENCES:
        told = redacted(sentence.format(secret))
        assert secret not in told, sentence
        assert HIDDEN in told, sentence
        assert secret[6:] not in told, "no part of it is left either"


@pytest.mark.parametrize("kind", KNOWN_BY_ITS_PLACE)
def test_a_secret_is_hidden_by_what_stands_before_it(kind: str) -> None:
    text, secret = KNOWN_BY_ITS_PLACE[kind]
    told = redacted(text)
    assert secret not in told
    assert HIDDEN in told
    assert redacted(told) == told, "hidden once, hidden for good"


@pytest.mark.parametrize(
    "name",
    [
        "password", "new_password", "api_key", "X-API-Key", "Authorization", "refresh_token", "token",
        "csrf_token",
        "client_secret", "secret", "cookie", "signature", "database_password", "private_key", "otp",
        "credentials",
        "mail.password", "recovery_codes",
    ],
)  # fmt: skip
def test_what_stands_under_the_name_of_a_secret_is_hidden_whatever_it_is(name: str) -> None:
    assert redacted_value(name, "plain") == HIDDEN
    assert redacted_value(name, ["plain"]) == HIDDEN
    assert redacted_value("outer", {"deep": [{name: "plain"}]}) == {"deep": [{name: HIDDEN}]}


@pytest.mark.parametrize("name", PRIVATE)
def test_what_people_said_or_named_is_withheld(name: str) -> None:
    assert redacted_value(name, "my words") == WITHHELD
    assert redacted_value("outer", [{name: ["my", "words"]}]) == [{name: WITHHELD}]


def test_figures_and_ids_stay_as_they_are() -> None:
    job_id = str(uuid4())
    lines = [
        f"job {job_id} (captioned-video, attempt 2) failed (engine-died) in 12.5 s",
        f"GET /api/jobs/{job_id} 200 in 3 ms, 120 bytes [{secrets.token_hex(8)}]",
        f"jobs/{job_id}/3/transcript.json cannot be read",
        "engine whisper, model base: the only one that fits into 3.2 GiB",
        f"sha256 {_HEX}",
        "worker worker-7f6b4c9d-abcde:12:8f3a ended (-9); a new one starts in 0.5 s",
        "in_progress, sk8 and vk are words; TRANSCRIPTION_MODEL is a variable",
        f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
    ]
    assert [redacted(line) for line in lines] == lines
    assert redacted_value("answer_tokens", 12) == 12
    assert redacted_value("text_bytes", 12) == 12
    assert redacted_value("job_id", job_id) == job_id
    assert redacted_value("is_token", value=True) is True


def test_what_libraries_repeat_of_what_they_were_given_is_withheld() -> None:
    class Said(BaseModel):
        words: int

    with pytest.raises(ValidationError) as refused:
        Said.model_validate({"words": "the words themselves"})
    assert "the words themselves" in str(refused.value)
    assert "the words themselves" not in redacted(str(refused.value))
    for text in (
        "(sqlite3.IntegrityError) x\n[SQL: INSERT]\n[parameters: ('the words themselves', 3)]\n(More)",
        "invalid input for query argument $1: 'the words themselves' (expected int)",
        "duplicate key\nDETAIL:  Key (name)=(the words themselves) already exists.",
    ):
        assert "the words themselves" not in redacted(text)


def test_the_very_secrets_of_the_settings_are_hidden_in_any_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redaction, "_settings_secrets", None)
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path,
            "database_url": "postgresql://u:p%40ss-word@db/x",
            "mail": {"password": "correct horse battery"},
            "fal": {"api_key": "opaque.fal.key"},
            # An ordinary word would be missing from everything else.
            "writing": {"api_key": "surtitle"},
        }
    )
    hide_secrets_of(settings)
    told = redacted("they said correct horse battery, opaque.fal.key and p@ss-word to surtitle.api.traffic")
    assert told == f"they said {HIDDEN}, {HIDDEN} and {HIDDEN} to surtitle.api.traffic"


def test_a_line_of_any_length_and_kind_takes_no_time() -> None:
    for text in (
        "a" * 200_000,
        "a." * 100_000,
        "token " * 30_000,
        "://" * 60_000,
        '"' * 100_000,
        "-" * 100_000,
    ):
        assert len(redacted(text)) <= len(text) + 100
