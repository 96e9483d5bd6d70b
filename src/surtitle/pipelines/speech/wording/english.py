"""English."""

from surtitle.pipelines.speech.wording.saying import number, rank, year
from surtitle.pipelines.speech.wording.wording import Clock, Day, Money, Noun, Wording

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_NOON = 12
_TEN = 10
_CENT = Noun("cent", "cents")
_SPELLED_YEARS = range(1100, 2100)


def _clock(time: Clock) -> str:
    half = f" {time.half[0].upper()} M" if time.half else ""
    if time.minute == 0:
        exact = "" if half or time.hour > _NOON else " o'clock"
        hundred = " hundred" if time.hour > _NOON else ""
        return f"{number(time.hour, 'en')}{hundred}{exact}{half}"
    minute = number(time.minute, "en") if time.minute >= _TEN else f"oh {number(time.minute, 'en')}"
    return f"{number(time.hour, 'en')} {minute}{half}"


def _date(day: Day) -> str:
    said = f"{_MONTHS[day.month - 1]} {rank(day.day, 'en')}"
    return f"{said}, {_year(day.year)}" if day.year is not None else said


def _year(value: int) -> str:
    return year(value, "en") if value in _SPELLED_YEARS else number(value, "en")


ENGLISH = Wording(
    language="en",
    decimal_mark=".",
    group_marks=",",
    day_first=False,
    percent="percent",
    minus="minus",
    plus="plus",
    equals="equals",
    ampersand="and",
    degrees="degrees",
    up_to="to",
    at_sign="at",
    dot="dot",
    number_sign="number",
    joins_money="and",
    months=_MONTHS,
    clock=_clock,
    date=_date,
    ranks={"st": "masculine", "nd": "masculine", "rd": "masculine", "th": "masculine"},
    abbreviations={
        "Mr.": "Mister", "Mr": "Mister", "Mrs.": "Missus", "Mrs": "Missus", "Ms.": "Miz", "Dr.": "Doctor",
        "Dr": "Doctor", "Prof.": "Professor", "Jr.": "Junior", "Sr.": "Senior", "Gen.": "General",
        "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "vs": "versus",
        "approx.": "approximately", "dept.": "department", "est.": "established", "fig.": "figure",
        "Inc.": "Incorporated", "Ltd.": "Limited", "Co.": "Company", "No.": "number", "p.": "page",
        "pp.": "pages", "vol.": "volume", "a.m.": "A M", "p.m.": "P M", "w/": "with", "w/o": "without",
    },
    before_figures=frozenset({"No.", "fig.", "p."}),
    money={
        "$": Money(Noun("dollar", "dollars"), _CENT),
        "USD": Money(Noun("dollar", "dollars"), _CENT),
        "€": Money(Noun("euro", "euros"), _CENT),
        "EUR": Money(Noun("euro", "euros"), _CENT),
        "£": Money(Noun("pound", "pounds"), Noun("penny", "pence")),
        "GBP": Money(Noun("pound", "pounds"), Noun("penny", "pence")),
        "¥": Money(Noun("yen", "yen")),
        "JPY": Money(Noun("yen", "yen")),
        "CHF": Money(Noun("Swiss franc", "Swiss francs"), Noun("centime", "centimes")),
    },
    units={
        "km/h": Noun("kilometre per hour", "kilometres per hour"),
        "mph": Noun("mile per hour", "miles per hour"),
        "km": Noun("kilometre", "kilometres"), "m": Noun("metre", "metres"),
        "cm": Noun("centimetre", "centimetres"), "mm": Noun("millimetre", "millimetres"),
        "mi": Noun("mile", "miles"), "ft": Noun("foot", "feet"), "kg": Noun("kilogram", "kilograms"),
        "g": Noun("gram", "grams"), "mg": Noun("milligram", "milligrams"), "lb": Noun("pound", "pounds"),
        "lbs": Noun("pound", "pounds"), "l": Noun("litre", "litres"), "ml": Noun("millilitre", "millilitres"),
        "kWh": Noun("kilowatt hour", "kilowatt hours"), "kW": Noun("kilowatt", "kilowatts"),
        "MB": Noun("megabyte", "megabytes"), "GB": Noun("gigabyte", "gigabytes"),
        "TB": Noun("terabyte", "terabytes"), "ms": Noun("millisecond", "milliseconds"),
        "s": Noun("second", "seconds"), "min": Noun("minute", "minutes"), "h": Noun("hour", "hours"),
    },
    spelled_years=_SPELLED_YEARS,
    magnitudes={"thousand": "", "million": "", "billion": "", "trillion": ""},
)  # fmt: skip
