"""Italian."""

from surtitle.pipelines.speech.wording.saying import counted, number
from surtitle.pipelines.speech.wording.wording import Clock, Day, Money, Noun, Wording

_MONTHS = (
    *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio"),
    *("agosto", "settembre", "ottobre", "novembre", "dicembre"),
)
_CENT = Noun("centesimo", "centesimi")


def _clock(time: Clock) -> str:
    hours = counted(time.hour, "it", "feminine")
    return hours if time.minute == 0 else f"{hours} e {number(time.minute, 'it')}"


def _date(day: Day) -> str:
    said = f"{'primo' if day.day == 1 else number(day.day, 'it')} {_MONTHS[day.month - 1]}"
    return said if day.year is None else f"{said} {number(day.year, 'it')}"


ITALIAN = Wording(
    language="it",
    decimal_mark=",",
    group_marks=". \u00a0\u202f'",
    day_first=True,
    percent="per cento",
    minus="meno",
    plus="più",
    equals="uguale",
    ampersand="e",
    degrees="gradi",
    up_to="a",
    at_sign="chiocciola",
    dot="punto",
    number_sign="numero",
    joins_money="e",
    months=_MONTHS,
    clock=_clock,
    date=_date,
    ranks={"º": "masculine", "ª": "feminine", "°": "masculine", "mo": "masculine", "ma": "feminine"},
    abbreviations={
        "Sig.": "signor", "Sig.ra": "signora", "Sig.na": "signorina", "Dott.": "dottor", "Dr.": "dottor",
        "Dott.ssa": "dottoressa", "Prof.": "professor", "Prof.ssa": "professoressa", "Avv.": "avvocato",
        "Ing.": "ingegnere", "ecc.": "eccetera", "es.": "esempio", "p.es.": "per esempio", "pag.": "pagina",
        "pagg.": "pagine", "n.": "numero", "n°": "numero", "ca.": "circa", "tel.": "telefono",
        "S.p.A.": "esse pi a", "max.": "massimo", "min.": "minimo",
    },
    before_figures=frozenset({"n."}),
    money={
        "€": Money(Noun("euro", "euro"), _CENT),
        "EUR": Money(Noun("euro", "euro"), _CENT),
        "$": Money(Noun("dollaro", "dollari"), Noun("centesimo", "centesimi")),
        "USD": Money(Noun("dollaro", "dollari"), Noun("centesimo", "centesimi")),
        "£": Money(Noun("sterlina", "sterline", "feminine"), Noun("penny", "pence")),
        "GBP": Money(Noun("sterlina", "sterline", "feminine"), Noun("penny", "pence")),
        "¥": Money(Noun("yen", "yen")),
        "CHF": Money(Noun("franco svizzero", "franchi svizzeri"), _CENT),
    },
    units={
        "km/h": Noun("chilometro all'ora", "chilometri all'ora"), "km": Noun("chilometro", "chilometri"),
        "m": Noun("metro", "metri"), "cm": Noun("centimetro", "centimetri"),
        "mm": Noun("millimetro", "millimetri"), "kg": Noun("chilogrammo", "chilogrammi"),
        "g": Noun("grammo", "grammi"), "mg": Noun("milligrammo", "milligrammi"),
        "t": Noun("tonnellata", "tonnellate", "feminine"), "l": Noun("litro", "litri"),
        "ml": Noun("millilitro", "millilitri"), "kWh": Noun("chilowattora", "chilowattora"),
        "kW": Noun("chilowatt", "chilowatt"), "MB": Noun("megabyte", "megabyte"),
        "GB": Noun("gigabyte", "gigabyte"), "TB": Noun("terabyte", "terabyte"),
        "ms": Noun("millisecondo", "millisecondi"), "s": Noun("secondo", "secondi"),
        "min": Noun("minuto", "minuti"), "h": Noun("ora", "ore", "feminine"),
    },
    magnitudes={"mila": "", "milione": "di", "milioni": "di", "miliardo": "di", "miliardi": "di"},
    one_agrees="alone",
    feminine_ends=("a", "zione", "sione", "tà"),
)  # fmt: skip
