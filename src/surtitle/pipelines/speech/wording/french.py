"""French."""

from surtitle.pipelines.speech.wording.saying import counted, number
from surtitle.pipelines.speech.wording.wording import Clock, Day, Money, Noun, Wording

_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)
_CENT = Noun("centime", "centimes")


def _clock(time: Clock) -> str:
    hours = f"{counted(time.hour, 'fr', 'feminine')} heure{'s' if time.hour > 1 else ''}"
    return hours if time.minute == 0 else f"{hours} {number(time.minute, 'fr')}"


def _date(day: Day) -> str:
    said = f"{'premier' if day.day == 1 else number(day.day, 'fr')} {_MONTHS[day.month - 1]}"
    return said if day.year is None else f"{said} {number(day.year, 'fr')}"


FRENCH = Wording(
    language="fr",
    decimal_mark=",",
    group_marks=" \u00a0\u202f.",
    day_first=True,
    percent="pour cent",
    minus="moins",
    plus="plus",
    equals="égale",
    ampersand="et",
    degrees="degrés",
    up_to="à",
    at_sign="arobase",
    dot="point",
    number_sign="numéro",
    joins_money="et",
    months=_MONTHS,
    clock=_clock,
    date=_date,
    ranks={
        "er": "masculine", "re": "feminine", "ère": "feminine", "e": "masculine", "è": "masculine",
        "ème": "masculine", "eme": "masculine", "ième": "masculine", "nd": "masculine", "nde": "feminine",
    },
    abbreviations={
        "M.": "Monsieur", "MM.": "Messieurs", "Mme": "Madame", "Mmes": "Mesdames", "Mlle": "Mademoiselle",
        "Dr": "Docteur", "Dr.": "Docteur", "Pr": "Professeur", "Me": "Maître", "St": "Saint", "Ste": "Sainte",
        "p. ex.": "par exemple", "c.-à-d.": "c'est-à-dire", "etc.": "et cetera", "cf.": "confer",
        "av.": "avenue", "bd": "boulevard", "env.": "environ", "n°": "numéro", "N°": "numéro", "p.": "page",
        "apr.": "après", "max.": "maximum", "min.": "minimum",
    },
    before_figures=frozenset({"p."}),
    before_names=frozenset({"Me"}),
    money={
        "€": Money(Noun("euro", "euros"), _CENT),
        "EUR": Money(Noun("euro", "euros"), _CENT),
        "$": Money(Noun("dollar", "dollars"), Noun("cent", "cents")),
        "USD": Money(Noun("dollar", "dollars"), Noun("cent", "cents")),
        "£": Money(Noun("livre", "livres", "feminine"), Noun("penny", "pence")),
        "GBP": Money(Noun("livre", "livres", "feminine"), Noun("penny", "pence")),
        "¥": Money(Noun("yen", "yens")),
        "CHF": Money(Noun("franc suisse", "francs suisses"), _CENT),
    },
    units={
        "km/h": Noun("kilomètre heure", "kilomètres heure"), "km": Noun("kilomètre", "kilomètres"),
        "m": Noun("mètre", "mètres"), "cm": Noun("centimètre", "centimètres"),
        "mm": Noun("millimètre", "millimètres"), "kg": Noun("kilogramme", "kilogrammes"),
        "g": Noun("gramme", "grammes"), "mg": Noun("milligramme", "milligrammes"),
        "t": Noun("tonne", "tonnes", "feminine"), "l": Noun("litre", "litres"), "L": Noun("litre", "litres"),
        "ml": Noun("millilitre", "millilitres"), "kWh": Noun("kilowattheure", "kilowattheures"),
        "kW": Noun("kilowatt", "kilowatts"), "Mo": Noun("mégaoctet", "mégaoctets"),
        "Go": Noun("gigaoctet", "gigaoctets"), "To": Noun("téraoctet", "téraoctets"),
        "ms": Noun("milliseconde", "millisecondes", "feminine"), "s": Noun("seconde", "secondes", "feminine"),
        "min": Noun("minute", "minutes", "feminine"), "h": Noun("heure", "heures", "feminine"),
    },
    magnitudes={"mille": "", "million": "de", "millions": "de", "milliard": "de", "milliards": "de"},
)  # fmt: skip
