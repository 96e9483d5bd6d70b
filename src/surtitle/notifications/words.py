"""Letters in words: English, French and Spanish, as plain text and as HTML.

The words stand in `wording/*.toml`, each a Jinja template. In HTML whatever is filled in is escaped; in
subjects and texts nothing can begin a line of its own.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from surtitle.config import Settings
from surtitle.notifications.events import TEST
from surtitle.notifications.languages import Manner

DIGEST = "_digest"

_MOMENTS = frozenset({"until", "renews_at"})
_MOST_OF_A_NAME = 120
_MOST_OF_A_SUBJECT = 200
_LINKED = re.compile(r"://|www\.|(?<=\w)\.(?=\w)|@", re.IGNORECASE)
_ROOM = files("surtitle.notifications")


@dataclass(frozen=True, slots=True)
class Told:
    """What a letter tells. `lines`: a list in it, each with its own facts. `unsubscribe`: a link."""

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[Mapping[str, Any]] = ()
    unsubscribe: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A mail without its recipient; `language` is a BCP 47 tag."""

    subject: str
    text: str
    html: str
    language: str


class Words:
    """Writes the letters of one installation."""

    def __init__(self, settings: Settings) -> None:
        self.usual = settings.mail.language
        self.home = settings.server.public_url or f"http://localhost:{settings.server.port}"

    def written(self, told: Told, manner: Manner) -> Written:
        words = _wording(manner.language)
        asked = words[told.kind]
        facts = {**_shown(told.facts, manner), "home": self.home}
        lines = [_shown(line, manner) for line in told.lines]
        plain, markup = (_Filled(environment, facts) for environment in (_plain(), _markup()))
        # A digest lists what the letters that it stands for would have told.
        line = words[told.kind.removesuffix(DIGEST)].get("line", "")
        common = {"link": facts.get("link"), "unsubscribe": told.unsubscribe, "language": manner.language}

        def parts(filled: _Filled) -> dict[str, Any]:
            return {
                "before": filled.each(asked["before"]),
                "lines": [filled.one(line, **one) for one in lines] if line else [],
                "action": filled.one(asked.get("action", "")),
                "after": filled.each(asked.get("after", [])),
                "footer": filled.one(words["footer"]),
                "unsubscribing": filled.one(words["unsubscribe"]),
                **common,
            }

        subject = printable(" ".join(plain.one(asked["subject"]).split()))[:_MOST_OF_A_SUBJECT]
        return Written(
            subject=subject,
            text=plain.page("letter.txt", subject=subject, **parts(plain)),
            html=markup.page("letter.html", subject=subject, **parts(markup)),
            language=manner.language,
        )

    def test(self, manner: Manner | None = None) -> Written:
        """A message that only shows that it arrives."""
        return self.written(Told(TEST), manner or Manner(self.usual))


class _Filled:
    """Templates with the facts of one letter."""

    def __init__(self, environment: Environment, facts: Mapping[str, Any]) -> None:
        self._environment = environment
        self._facts = facts

    def one(self, template: str, **more: Any) -> str:
        return self._safe(_made(self._environment, template).render({**self._facts, **more}))

    def each(self, templates: Sequence[str]) -> list[str]:
        return [text for template in templates if (text := self.one(template))]

    def page(self, name: str, **parts: Any) -> str:
        return _made(self._environment, _template(name)).render(parts)

    def _safe(self, text: str) -> str:
        # Escaped where it was filled in, which must not be done twice.
        return self._environment.filters["safe"](text) if self._environment.autoescape else text


def printable(text: str) -> str:
    """Without signs that command a terminal, or turn the order of others round."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def unlinked(text: str) -> str:
    """A name that nobody's mail program makes a link of: an invisible sign parts what would look like one."""
    return _LINKED.sub(lambda found: "\N{WORD JOINER}".join(["", *found[0], ""]), text)


def _shown(facts: Mapping[str, Any], manner: Manner) -> dict[str, Any]:
    return {name: _value(name, value, manner) for name, value in facts.items()}


def _value(name: str, value: Any, manner: Manner) -> Any:
    if value and name in _MOMENTS:
        return manner.moment(datetime.fromisoformat(value))
    if isinstance(value, str) and name != "link":
        return printable(" ".join(value.split()))[:_MOST_OF_A_NAME]
    return value


@cache
def _plain() -> Environment:
    return _environment(autoescape=False)


@cache
def _markup() -> Environment:
    return _environment(autoescape=True)


# Compiled once: a digest has a line of the same kind for each of hundreds of jobs.
@cache
def _made(environment: Environment, template: str) -> Template:
    return environment.from_string(template)


def _environment(*, autoescape: bool) -> Environment:
    made = Environment(
        autoescape=autoescape,  # noqa: S701 - off for plain text, where there is nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["unlinked"] = unlinked
    return made


@cache
def _wording(language: str) -> dict[str, Any]:
    return tomllib.loads((_ROOM / "wording" / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def _template(name: str) -> str:
    return (_ROOM / "templates" / name).read_text(encoding="utf-8")
