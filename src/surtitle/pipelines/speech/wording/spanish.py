"""Spanish."""

from surtitle.pipelines.speech.wording.saying import counted, number
from surtitle.pipelines.speech.wording.wording import Clock, Day, Money, Noun, Wording

_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
    *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_CENT = Noun("céntimo", "céntimos")


def _clock(time: Clock) -> str:
    hours = counted(time.hour, "es", "feminine")
    if time.minute == 0:
        return f"{hours} hora{'s' if time.hour > 1 else ''}"
    return f"{hours} y {number(time.minute, 'es')}"


def _date(day: Day) -> str:
    said = f"{'primero' if day.day == 1 else number(day.day, 'es')} de {_MONTHS[day.month - 1]}"
    return said if day.year is None else f"{said} de {number(day.year, 'es')}"


SPANISH = Wording(
    language="es",
    decimal_mark=",",
    group_marks=". \u00a0\u202f",
    day_first=True,
    percent="por ciento",
    minus="menos",
    plus="más",
    equals="igual a",
    ampersand="y",
    degrees="grados",
    up_to="a",
    at_sign="arroba",
    dot="punto",
    number_sign="número",
    joins_money="con",
    months=_MONTHS,
    clock=_clock,
    date=_date,
    ranks={
        "º": "masculine", "ª": "feminine", ".º": "masculine", ".ª": "feminine", "°": "masculine",
        "ro": "masculine", "ra": "feminine", "er": "masculine",
    },
    abbreviations={
        "Sr.": "señor", "Sra.": "señora", "Srta.": "señorita", "Sres.": "señores", "Dr.": "doctor",
        "Dra.": "doctora", "D.": "don", "Dña.": "doña", "Ud.": "usted", "Uds.": "ustedes", "Vd.": "usted",
        "etc.": "etcétera", "p. ej.": "por ejemplo", "p.ej.": "por ejemplo", "aprox.": "aproximadamente",
        "av.": "avenida", "avda.": "avenida", "c/": "calle", "pág.": "página", "págs.": "páginas",
        "núm.": "número", "n.º": "número", "nº": "número", "máx.": "máximo", "mín.": "mínimo",
        "EE.UU.": "Estados Unidos", "EE. UU.": "Estados Unidos",
    },
    before_names=frozenset({"D."}),
    money={
        "€": Money(Noun("euro", "euros"), _CENT),
        "EUR": Money(Noun("euro", "euros"), _CENT),
        "$": Money(Noun("dólar", "dólares"), Noun("centavo", "centavos")),
        "USD": Money(Noun("dólar", "dólares"), Noun("centavo", "centavos")),
        "£": Money(Noun("libra", "libras", "feminine"), Noun("penique", "peniques")),
        "GBP": Money(Noun("libra", "libras", "feminine"), Noun("penique", "peniques")),
        "¥": Money(Noun("yen", "yenes")),
        "CHF": Money(Noun("franco suizo", "francos suizos"), _CENT),
    },
    units={
        "km/h": Noun("kilómetro por hora", "kilómetros por hora"), "km": Noun("kilómetro", "kilómetros"),
        "m": Noun("metro", "metros"), "cm": Noun("centímetro", "centímetros"),
        "mm": Noun("milímetro", "milímetros"), "kg": Noun("kilogramo", "kilogramos"),
        "g": Noun("gramo", "gramos"), "mg": Noun("miligramo", "miligramos"),
        "t": Noun("tonelada", "toneladas", "feminine"), "l": Noun("litro", "litros"),
        "ml": Noun("mililitro", "mililitros"), "kWh": Noun("kilovatio hora", "kilovatios hora"),
        "kW": Noun("kilovatio", "kilovatios"), "MB": Noun("megabyte", "megabytes"),
        "GB": Noun("gigabyte", "gigabytes"), "TB": Noun("terabyte", "terabytes"),
        "ms": Noun("milisegundo", "milisegundos"), "s": Noun("segundo", "segundos"),
        "min": Noun("minuto", "minutos"), "h": Noun("hora", "horas", "feminine"),
    },
    between_day_and_month="de",
    magnitudes={"mil": "", "millón": "de", "millones": "de"},
    one_agrees="always",
    feminine_ends=("a", "as", "ción", "sión", "dad", "ciones", "siones", "dades"),
)  # fmt: skip
