"""What a profile can be called, speak and go by."""

import pytest

from surtitle.accounts.profiles import language_tag, time_zone_name
from surtitle.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "tag"),
    [("en", "en"), ("FR-ca", "fr-CA"), ("eng", "en"), ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419")],
)
def test_a_language_is_kept_as_a_canonical_tag(typed: str, tag: str) -> None:
    assert language_tag(typed) == tag


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "French",
        "xx",
        "en_US",
        "en-",
        "en-USA-x",
        "en\n",
        "日本",
        "'; DROP TABLE profiles; --",
        "e" * 10_000,
    ],
)
def test_what_is_no_language_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        language_tag(typed)
    assert refused.value.fields["field"] == "language"
    assert len(refused.value.message) < 200


@pytest.mark.parametrize("typed", ["UTC", "Europe/Paris", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_is_one_of_the_iana_database(typed: str) -> None:
    assert time_zone_name(typed) == typed


@pytest.mark.parametrize(
    "typed", ["", "Paris", "Europe", "../../etc/passwd", "/etc/localtime", "UTC\0", "\udcff", "a" * 10_000]
)
def test_what_is_no_time_zone_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        time_zone_name(typed)
    assert refused.value.fields["field"] == "time_zone"
