"""What there is to know of how a language is spoken in meetings."""

import re
from dataclasses import dataclass

_NEVER = re.compile(r"(?!)")


def phrases(rows: str) -> re.Pattern[str]:
    """A pattern of alternatives, one a line, each a regular expression that begins at a word's edge and
    ends at one. A line that ends in `|` goes on in the next. A space stands for any white space, ` ?` for any
    or none, a straight apostrophe for either kind.
    """
    lines = "|".join(line.strip().removesuffix("|") for line in rows.splitlines() if line.strip())
    pattern = lines.replace(" ?", r"\s*").replace(" ", r"\s+").replace("'", "['\u2019]")
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MeetingWording:
    """Patterns are searched in a sentence that hesitations and openers were taken off.

    `said` are words that tell nothing of what a meeting is about. `hesitations` are taken off everywhere,
    `openers` at the beginning. `decides` is a decision unless `undecided` is there too; `proposes` becomes
    one when another `agrees`. `promises` is an action of who speaks unless `no_promise` is there too, and
    what `lead` matches is taken off it to leave an infinitive. `requests` is an action of who is spoken to
    when they agree; `assigns` is one of its group `who`. `bare` is an answer that promises and does not say
    what. `deadline` is a time in which. `unknowing` and `defers` leave a question open. `new_topic` opens a
    chapter, with its name in group `topic`; `sums_up` comes before what came of it all. `names_none` are
    words that stand where names do and are none; `links` may stand inside a phrase.
    """

    said: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    names_none: frozenset[str] = frozenset()
    hesitations: re.Pattern[str] = _NEVER
    openers: re.Pattern[str] = _NEVER
    decides: re.Pattern[str] = _NEVER
    undecided: re.Pattern[str] = _NEVER
    proposes: re.Pattern[str] = _NEVER
    agrees: re.Pattern[str] = _NEVER
    refuses: re.Pattern[str] = _NEVER
    promises: re.Pattern[str] = _NEVER
    no_promise: re.Pattern[str] = _NEVER
    lead: re.Pattern[str] = _NEVER
    requests: re.Pattern[str] = _NEVER
    assigns: re.Pattern[str] = _NEVER
    bare: re.Pattern[str] = _NEVER
    deadline: re.Pattern[str] = _NEVER
    unknowing: re.Pattern[str] = _NEVER
    defers: re.Pattern[str] = _NEVER
    new_topic: re.Pattern[str] = _NEVER
    sums_up: re.Pattern[str] = _NEVER
    small_talk: re.Pattern[str] = _NEVER


NO_WORDING = MeetingWording()
