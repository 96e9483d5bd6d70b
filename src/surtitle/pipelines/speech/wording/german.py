"""German."""

from surtitle.pipelines.speech.wording.saying import counted, number, rank_in_case, year
from surtitle.pipelines.speech.wording.wording import Clock, Day, Money, Noun, Wording

_MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli"),
    *("August", "September", "Oktober", "November", "Dezember"),
)
_SPELLED_YEARS = range(1100, 2000)
_CENT = Noun("Cent", "Cent")
# What goes with the weak ending -n: "am fünften März"; with "der" it is "der fünfte März".
_DATIVE = frozenset({"am", "vom", "zum", "dem", "den", "bis", "seit", "ab"})


def _clock(time: Clock) -> str:
    hours = f"{counted(time.hour, 'de', 'masculine')} Uhr"
    return hours if time.minute == 0 else f"{hours} {number(time.minute, 'de')}"


def _date(day: Day) -> str:
    ordinal = rank_in_case(day.day, "de", "n" if day.before in _DATIVE else "r")
    if day.before == "der":
        ordinal = ordinal.removesuffix("r")
    said = f"{ordinal} {_MONTHS[day.month - 1]}"
    if day.year is None:
        return said
    return f"{said} {year(day.year, 'de') if day.year in _SPELLED_YEARS else number(day.year, 'de')}"


GERMAN = Wording(
    language="de",
    decimal_mark=",",
    group_marks=". \u00a0\u202f'",
    day_first=True,
    percent="Prozent",
    minus="minus",
    plus="plus",
    equals="gleich",
    ampersand="und",
    degrees="Grad",
    up_to="bis",
    at_sign="ät",
    dot="Punkt",
    number_sign="Nummer",
    joins_money="",
    months=_MONTHS,
    clock=_clock,
    date=_date,
    # "3." may as well end a sentence: only dates tell it.
    ranks={},
    abbreviations={
        "z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "d. h.": "das heißt", "d.h.": "das heißt",
        "u. a.": "unter anderem", "u.a.": "unter anderem", "usw.": "und so weiter", "bzw.": "beziehungsweise",
        "ca.": "circa", "evtl.": "eventuell", "ggf.": "gegebenenfalls", "inkl.": "inklusive",
        "Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr", "Fr.": "Frau", "Str.": "Straße",
        "Nr.": "Nummer", "S.": "Seite", "St.": "Sankt", "Tel.": "Telefon", "vgl.": "vergleiche",
        "max.": "maximal", "min.": "mindestens", "Mio.": "Millionen", "Mrd.": "Milliarden",
        "etc.": "et cetera", "o. ä.": "oder ähnlich", "GmbH": "G m b H",
    },
    before_figures=frozenset({"S."}),
    money={
        "€": Money(Noun("Euro", "Euro"), _CENT),
        "EUR": Money(Noun("Euro", "Euro"), _CENT),
        "$": Money(Noun("Dollar", "Dollar"), _CENT),
        "USD": Money(Noun("Dollar", "Dollar"), _CENT),
        "£": Money(Noun("Pfund", "Pfund"), Noun("Penny", "Pence")),
        "GBP": Money(Noun("Pfund", "Pfund"), Noun("Penny", "Pence")),
        "¥": Money(Noun("Yen", "Yen")),
        "CHF": Money(Noun("Schweizer Franken", "Schweizer Franken"), Noun("Rappen", "Rappen")),
    },
    units={
        "km/h": Noun("Kilometer pro Stunde", "Kilometer pro Stunde"), "km": Noun("Kilometer", "Kilometer"),
        "m": Noun("Meter", "Meter"), "cm": Noun("Zentimeter", "Zentimeter"),
        "mm": Noun("Millimeter", "Millimeter"), "kg": Noun("Kilogramm", "Kilogramm"),
        "g": Noun("Gramm", "Gramm"), "mg": Noun("Milligramm", "Milligramm"),
        "t": Noun("Tonne", "Tonnen", "feminine"), "l": Noun("Liter", "Liter"),
        "ml": Noun("Milliliter", "Milliliter"), "kWh": Noun("Kilowattstunde", "Kilowattstunden", "feminine"),
        "kW": Noun("Kilowatt", "Kilowatt"), "MB": Noun("Megabyte", "Megabyte"),
        "GB": Noun("Gigabyte", "Gigabyte"), "TB": Noun("Terabyte", "Terabyte"),
        "ms": Noun("Millisekunde", "Millisekunden", "feminine"),
        "s": Noun("Sekunde", "Sekunden", "feminine"), "Min.": Noun("Minute", "Minuten", "feminine"),
        "min": Noun("Minute", "Minuten", "feminine"), "Std.": Noun("Stunde", "Stunden", "feminine"),
        "h": Noun("Stunde", "Stunden", "feminine"),
    },
    spelled_years=_SPELLED_YEARS,
    magnitudes={"Million": "", "Millionen": "", "Mio.": "", "Milliarde": "", "Milliarden": "", "Mrd.": ""},
    one_agrees="alone",
    feminine_ends=("e", "ung", "heit", "keit", "ion", "schaft", "tät"),
    ranks_end_in_a_point=True,
)  # fmt: skip
