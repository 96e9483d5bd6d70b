"""Figures, signs and abbreviations in a sentence, with what is said for them.

Rules are tried in their order; what one has taken, the next ones leave alone. A sentence is short
(`sentences.MOST_CHARACTERS`), so that no pattern has much to search.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from surtitle.pipelines.speech.amounts import Amount, amount_pattern, read_amount, say_amount, say_money
from surtitle.pipelines.speech.wording.saying import counted, digits, number, rank, year
from surtitle.pipelines.speech.wording.wording import Clock, Day, Gender, Wording

_MONTHS_A_YEAR = 12
_LONGEST_MONTH = 31
_HOURS = 24
_MINUTES = 60
_YEAR_DIGITS = 4
_FEWEST_PHONE_DIGITS = 7

Match = re.Match[str]
Say = Callable[[Match, Wording], str | None]
"""What is said for a match; None where the rule does not apply after all."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Characters `[start, end)` of a sentence and what is said for them."""

    start: int
    end: int
    said: str


def spoken_figures(sentence: str, wording: Wording) -> tuple[Spoken, ...]:
    """In the order of the sentence; none overlap."""
    found: list[Spoken] = []
    for pattern, say in _rules(wording):
        for match in pattern.finditer(sentence):
            if any(match.start() < one.end and one.start < match.end() for one in found):
                continue
            said = say(match, wording)
            if said is not None:
                found.append(Spoken(match.start(), match.end(), said))
    return tuple(sorted(found, key=lambda one: one.start))


@cache
def _rules(wording: Wording) -> tuple[tuple[re.Pattern[str], Say], ...]:
    return tuple((re.compile(pattern), say) for pattern, say in _written(wording))


def _written(wording: Wording) -> Iterator[tuple[str, Say]]:
    yield r"(?:https?://|www\.)[^\s<>\"]+", _address
    yield r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _address
    yield from _date_rules(wording)
    yield from _clock_rules(wording)
    yield r"(?<![\w+])(?:\+|0)[\d \-/()]{5,}\d(?!\w)", _phone
    yield from _amount_rules(wording)
    if wording.ranks:
        yield rf"(?<!\w)(\d{{1,4}})({_any(wording.ranks)})(?!\w)", _rank
    yield r"(?<![\w.,-])(\d{1,4})\s?[\u2013-]\s?(\d{1,4})(?![\w-])", _range
    yield r"(?<!\w)#(\d{1,6})(?!\w)", _numbered
    yield rf"(?<![\w.])(?:{_any(wording.abbreviations)})(?!\w)", _abbreviation
    yield r"(?<![\w.])\d{1,4}(?:\.\d{1,4}){2,}(?![\w.])", _version
    yield rf"(?<![\w.,])([-\u2212+]?)({amount_pattern(wording)})(?!\w)", _plain
    yield r"(?<!\S)[&+=](?!\S)", _sign


def _date_rules(wording: Wording) -> Iterator[tuple[str, Say]]:
    months, between = _any(wording.months), wording.between_day_and_month
    ends = rf"(?:{_any(wording.ranks)})" if wording.ranks else ""
    joint = rf"(?:{between}\s+)?" if between else ""
    yield r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])", _date
    yield r"(?<![\w./-])(?P<a>\d{1,2})(?P<mark>[/.-])(?P<b>\d{1,2})(?P=mark)(?P<year>\d{4})(?![\w/-])", _date
    yield (
        (
            rf"(?<![\w\u2013-])(?P<day>\d{{1,2}})(?:{ends}|\.)?\s+{joint}(?P<name>{months})(?!\w)"
            rf"(?:,?\s+{joint}(?P<year>\d{{4}})(?!\w))?"
        ),
        _date,
    )
    if not wording.day_first:
        yield (
            (
                rf"(?<!\w)(?P<name>{months})\s+(?P<day>\d{{1,2}})(?:{ends})?(?![\w:])"
                r"(?:,?\s+(?P<year>\d{4})(?!\w))?"
            ),
            _date,
        )


def _clock_rules(wording: Wording) -> Iterator[tuple[str, Say]]:
    half = r"(?P<half>[AaPp])\.?\s?[Mm](?:\.(?=\s+[a-z])|(?!\w))"
    if wording.language == "en":
        yield rf"(?<![\w:])(?P<hour>\d{{1,2}})(?::(?P<minute>\d\d))?\s?{half}", _clock
    if wording.language == "de":
        yield r"(?<![\w:.])(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s+Uhr(?!\w)", _clock
    if wording.language == "fr":
        yield r"(?<![\w:])(?P<hour>\d{1,2})\s?h\s?(?P<minute>\d\d)(?!\w)", _clock
    yield r"(?<![\w:.])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?:\s?h(?!\w))?(?![\w:])", _clock


def _amount_rules(wording: Wording) -> Iterator[tuple[str, Say]]:
    figure, money, large = amount_pattern(wording), _any(wording.money), _any(wording.magnitudes)
    magnitude = rf"(?:\s(?P<magnitude>{large})(?!\w))?"
    sign = r"(?P<minus>[-\u2212])?"
    yield rf"(?<![\w.,]){sign}(?P<money>{money})\s?(?P<figure>{figure}){magnitude}(?!\w)", _money
    yield rf"(?<![\w.,]){sign}(?P<figure>{figure}){magnitude}\s?(?P<money>{money})(?!\w)", _money
    yield rf"(?<![\w.,])(?P<minus>[-\u2212])?(?P<figure>{figure})\s?%", _percent
    yield rf"(?<![\w.,])(?P<minus>[-\u2212])?(?P<figure>{figure})\s?°(?:\s?(?P<scale>[CF]))?(?!\w)", _degrees
    yield rf"(?<![\w.,])(?P<figure>{figure})\s?(?P<unit>{_any(wording.units)})(?![\w/])", _measure


def _any(texts: Iterable[str]) -> str:
    """The longest first: "km/h" is not "km"."""
    return "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))


def _address(match: Match, wording: Wording) -> str | None:
    """An address without what nobody reads out: scheme, path and query."""
    text = re.sub(r"^https?://(www\.)?|^www\.", "", match[0]).rstrip(".,;:!?)")
    tail = match[0][len(match[0].rstrip(".,;:!?)")) :]
    host = text if "@" in text else re.split(r"[/?#]", text)[0].partition(":")[0]
    said = host.replace("@", f" {wording.at_sign} ").replace(".", f" {wording.dot} ")
    return f"{said}{tail}" if any(map(str.isalnum, host)) else None


def _date(match: Match, wording: Wording) -> str | None:
    parts = match.groupdict()
    if parts.get("name"):
        month, day = wording.months.index(parts["name"]) + 1, int(parts["day"])
    elif parts.get("a"):
        first, second = int(parts["a"]), int(parts["b"])
        day, month = (first, second) if wording.day_first or first > _MONTHS_A_YEAR else (second, first)
    else:
        month, day = int(parts["month"]), int(parts["day"])
    if not (1 <= month <= _MONTHS_A_YEAR and 1 <= day <= _LONGEST_MONTH):
        return None
    before = match.string[: match.start()].split()
    year_told = int(parts["year"]) if parts.get("year") else None
    return wording.date(Day(day, month, year_told, before[-1].lower() if before else ""))


def _clock(match: Match, wording: Wording) -> str | None:
    parts = match.groupdict()
    hour, minute, half = int(parts["hour"]), int(parts["minute"] or 0), parts.get("half")
    if hour > _HOURS or minute >= _MINUTES:
        return None
    return wording.clock(Clock(hour, minute, f"{half.lower()}m" if half else None))


def _phone(match: Match, wording: Wording) -> str | None:
    if sum(map(str.isdigit, match[0])) < _FEWEST_PHONE_DIGITS:
        return None
    groups = [digits(group, wording.language) for group in re.split(r"[ \-/()]+", match[0])]
    plus = f"{wording.plus} " if match[0].startswith("+") else ""
    return plus + ", ".join(group for group in groups if group)


def _money(match: Match, wording: Wording) -> str | None:
    amount = read_amount(match["figure"], wording)
    said = say_money(amount, wording.money[match["money"]], match["magnitude"], wording)
    return _minus(match, wording) + said


def _percent(match: Match, wording: Wording) -> str | None:
    return f"{_minus(match, wording)}{say_amount(_read(match, wording), wording)} {wording.percent}"


def _degrees(match: Match, wording: Wording) -> str | None:
    scale = {"C": " Celsius", "F": " Fahrenheit"}.get(match["scale"] or "", "")
    said = say_amount(_read(match, wording), wording, "masculine")
    return f"{_minus(match, wording)}{said} {wording.degrees}{scale}"


def _measure(match: Match, wording: Wording) -> str | None:
    amount, unit = _read(match, wording), wording.units[match["unit"]]
    noun = unit.one if amount.is_one else unit.many
    return f"{say_amount(amount, wording, unit.gender)} {noun}"


def _rank(match: Match, wording: Wording) -> str | None:
    return rank(int(match[1]), wording.language, wording.ranks[match[2]])


def _range(match: Match, wording: Wording) -> str | None:
    first, second = (_whole(text, wording) for text in (match[1], match[2]))
    return f"{first} {wording.up_to} {second}"


def _numbered(match: Match, wording: Wording) -> str | None:
    return f"{wording.number_sign} {number(int(match[1]), wording.language)}"


def _abbreviation(match: Match, wording: Wording) -> str | None:
    rest = match.string[match.end() :].strip()
    if not wording.abbreviates(match[0], rest):
        return None
    said = wording.abbreviations[match[0]]
    # The point of a last "etc." ends the sentence too.
    return said if rest or not match[0].endswith(".") else f"{said}."


def _version(match: Match, wording: Wording) -> str | None:
    if re.fullmatch(amount_pattern(wording), match[0]):
        return None
    parts = [number(int(part), wording.language) for part in match[0].split(".")]
    return f" {wording.dot} ".join(parts)


def _plain(match: Match, wording: Wording) -> str | None:
    sign = {"": "", "+": f"{wording.plus} "}.get(match[1], f"{wording.minus} ")
    amount = read_amount(match[2], wording)
    if amount.fraction is None and match[2].isdigit():
        return sign + _whole(match[2], wording, match.string[match.end() :])
    return sign + say_amount(amount, wording)


def _whole(text: str, wording: Wording, following: str = "") -> str:
    if len(text) == _YEAR_DIGITS and int(text) in wording.spelled_years:
        return year(int(text), wording.language)
    amount = read_amount(text, wording)
    if following.startswith(" ") and not amount.is_code and wording.agrees(text):
        noun = following.split(maxsplit=1)[0].rstrip(".,;:!?…)")
        if noun.isalpha():
            gender: Gender = "feminine" if noun.endswith(wording.feminine_ends) else "masculine"
            return counted(int(text), wording.language, gender)
    return say_amount(amount, wording)


def _sign(match: Match, wording: Wording) -> str | None:
    return {"&": wording.ampersand, "+": wording.plus, "=": wording.equals}[match[0]]


def _read(match: Match, wording: Wording) -> Amount:
    return read_amount(match["figure"], wording)


def _minus(match: Match, wording: Wording) -> str:
    return f"{wording.minus} " if match["minus"] else ""
