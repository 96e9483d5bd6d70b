"""The languages that recognition knows, by ISO 639-1 code, with the three-letter code that
containers carry and the English name that people type.

The set is Whisper's (100 languages); `jw` is its own spelling of Javanese (`jv`).
"""

from dataclasses import dataclass

_TABLE = """
af afr Afrikaans
am amh Amharic
ar ara Arabic
as asm Assamese
az aze Azerbaijani
ba bak Bashkir
be bel Belarusian
bg bul Bulgarian
bn ben Bangla
bo bod Tibetan
br bre Breton
bs bos Bosnian
ca cat Catalan
cs ces Czech
cy cym Welsh
da dan Danish
de deu German
el ell Greek
en eng English
es spa Spanish
et est Estonian
eu eus Basque
fa fas Persian
fi fin Finnish
fo fao Faroese
fr fra French
gl glg Galician
gu guj Gujarati
ha hau Hausa
haw haw Hawaiian
he heb Hebrew
hi hin Hindi
hr hrv Croatian
ht hat Haitian Creole
hu hun Hungarian
hy hye Armenian
id ind Indonesian
is isl Icelandic
it ita Italian
ja jpn Japanese
jw jav Javanese
ka kat Georgian
kk kaz Kazakh
km khm Khmer
kn kan Kannada
ko kor Korean
la lat Latin
lb ltz Luxembourgish
ln lin Lingala
lo lao Lao
lt lit Lithuanian
lv lav Latvian
mg mlg Malagasy
mi mri Māori
mk mkd Macedonian
ml mal Malayalam
mn mon Mongolian
mr mar Marathi
ms msa Malay
mt mlt Maltese
my mya Burmese
ne nep Nepali
nl nld Dutch
nn nno Norwegian Nynorsk
no nor Norwegian
oc oci Occitan
pa pan Punjabi
pl pol Polish
ps pus Pashto
pt por Portuguese
ro ron Romanian
ru rus Russian
sa san Sanskrit
sd snd Sindhi
si sin Sinhala
sk slk Slovak
sl slv Slovenian
sn sna Shona
so som Somali
sq sqi Albanian
sr srp Serbian
su sun Sundanese
sv swe Swedish
sw swa Swahili
ta tam Tamil
te tel Telugu
tg tgk Tajik
th tha Thai
tk tuk Turkmen
tl fil Filipino
tr tur Turkish
tt tat Tatar
uk ukr Ukrainian
ur urd Urdu
uz uzb Uzbek
vi vie Vietnamese
yi yid Yiddish
yo yor Yoruba
zh zho Chinese
yue yue Cantonese
"""


@dataclass(frozen=True, slots=True)
class LanguageEntry:
    """`alpha3` is ISO 639-2/T, the form that MP4 and Matroska store."""

    code: str
    alpha3: str
    name: str


LANGUAGES: dict[str, LanguageEntry] = {
    row.split(" ", 2)[0]: LanguageEntry(*row.split(" ", 2)) for row in _TABLE.strip().splitlines()
}
_BY_NAME = {entry.name.lower(): entry.code for entry in LANGUAGES.values()}
_BY_ALPHA3 = {entry.alpha3: entry.code for entry in LANGUAGES.values()}
_UNSPACED = frozenset({"zh", "ja", "yue", "th", "lo", "my", "km", "bo"})


def language_code(text: str) -> str:
    """The code for `text`: a code (`fr`, `fr-CA`, `fra`) or an English name (`French`).

    Raises ValueError for a language that recognition does not know.
    """
    wanted = text.strip().lower().replace("_", "-")
    primary = wanted.split("-")[0]
    for candidate in (wanted, primary):
        if candidate in LANGUAGES:
            return candidate
        if candidate == "jv":
            return "jw"
        if found := _BY_NAME.get(candidate) or _BY_ALPHA3.get(candidate):
            return found
    raise ValueError(
        f"{text[:40]!r} is not a language that recognition knows; give a code such as 'en', 'fr' or 'es'"
    )


def language_name(code: str) -> str:
    """The English name, or the code itself where it is none of ours."""
    return LANGUAGES[code].name if code in LANGUAGES else code


def container_tag(code: str | None) -> str:
    """The three-letter tag for MP4 and Matroska; `und` (undetermined) when unknown."""
    entry = LANGUAGES.get(code or "")
    return entry.alpha3 if entry else "und"


def writes_without_spaces(code: str | None) -> bool:
    """Whether words of this language stand side by side without a space."""
    return code in _UNSPACED
