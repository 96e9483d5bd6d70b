"""What a letter says, in every language, with whatever names people give to things."""

import tomllib
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import pytest

from surtitle.accounts.post import LetterKind
from surtitle.config import Settings
from surtitle.notifications.events import MAILED, TEST, Event
from surtitle.notifications.languages import LANGUAGES, Manner, closest
from surtitle.notifications.words import Told, Words

MOMENT = "2026-03-29T00:30:00+00:00"
FACTS: dict[str, Any] = {
    "link": "https://films.example/x#t", "hours": 1, "until": MOMENT, "project": "Films", "role": "editor",
    "counts": {"jobs": 3}, "name": "talk.mp4", "recipe": "transcript", "error": "no-sound",
    "quota": "minutes", "percent": 80, "used": 80, "limit": 100, "renews_at": MOMENT, "count": 7,
}  # fmt: skip
KINDS = [*LetterKind, *Event, *(f"{event}_digest" for event in Event), TEST]


@pytest.fixture
def words() -> Words:
    return Words(Settings(_env_file=None))


def wording(language: str) -> dict[str, Any]:
    return tomllib.loads(
        (files("surtitle.notifications") / "wording" / f"{language}.toml").read_text("utf-8")
    )


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.links += [value for name, value in attributes if name == "href" and value]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_is_whole_in_every_language(words: Words, kind: str, language: str) -> None:
    lines = [{**FACTS, "kind": "jobs", "count": 3}]
    stop = "https://films.example/stop"
    listed = kind.endswith("_digest") or "line" in wording(language)[kind]
    written = words.written(Told(kind, FACTS, lines, stop), Manner(language, "Europe/Madrid"))
    for text in (written.subject, written.text, written.html):
        assert text.strip()
        assert "{{" not in text
        assert "None" not in text
    assert ("\n- " in written.text) is listed
    assert stop in written.text
    assert stop in Tags(written.html).links


def test_the_languages_have_the_same_letters_with_the_same_facts() -> None:
    english = wording("en")
    for language in ("fr", "es"):
        other = wording(language)
        assert other.keys() == english.keys()
        for kind, letter in english.items():
            if isinstance(letter, dict):
                assert other[kind].keys() == letter.keys(), kind
                assert other[kind]["subject"] != letter["subject"], kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_themselves_hold_no_markup(language: str) -> None:
    assert not set("<&") & set(str(wording(language)))


HOSTILE = [
    "<script>alert(1)</script>.mp4",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "talk\r\nBcc: everybody@example.org\r\n\r\nBuy now",
    "\u202egpj.exe\x1b[31m\x00",
    "&amp;" * 50,
    "x" * 5000,
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", [*MAILED, "job_failed_digest", "invitation"])
def test_no_name_becomes_markup_a_header_or_a_line_of_its_own(words: Words, kind: str, name: str) -> None:
    facts = {**FACTS, "name": name, "project": name}
    plain = words.written(Told(kind, FACTS, [FACTS]), Manner("en"))
    written = words.written(Told(kind, facts, [facts]), Manner("en"))
    assert Tags(written.html).seen == Tags(plain.html).seen
    assert Tags(written.html).links == Tags(plain.html).links
    assert len(written.text.splitlines()) == len(plain.text.splitlines())
    assert written.subject.isprintable()
    assert len(written.subject) <= 200
    assert "49" not in written.text
    assert not any(sign in written.text + written.html for sign in "\u202e\x1b\x00")


def test_a_project_of_a_stranger_puts_no_link_into_an_invitation(words: Words) -> None:
    facts = {**FACTS, "project": "You won, see https://evil.example/win or mail evil@evil.example"}
    written = words.written(Told("invitation", facts), Manner("en"))
    for text in (written.text, Tags(written.html).text):
        assert "://evil" not in text
        assert "evil.example" not in text
        assert "You won" in text


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Madrid", "2026-03-29 01:30 (Europe/Madrid)"),
        ("America/Toronto", "2026-03-28 20:30 (America/Toronto)"),
        ("Mars/Olympus", "2026-03-29 00:30 (UTC)"),
        ("../../etc/passwd", "2026-03-29 00:30 (UTC)"),
    ],
)
def test_a_moment_is_told_by_the_persons_clock_and_a_wrong_zone_keeps_no_letter(
    words: Words, zone: str, told: str
) -> None:
    assert told in words.written(Told("invitation", FACTS), Manner("en", zone)).text


@pytest.mark.parametrize(
    ("tag", "ours"),
    [("fr-CA", "fr"), ("ES", "es"), ("de", "en"), ("zh-Hant", "en"), ("", "en"), (None, "en")],
)
def test_a_person_is_written_to_in_the_closest_language(tag: str | None, ours: str) -> None:
    assert closest(tag, "en") == ours
