"""Numbers as they are written in a language, and as they are said of something."""

import re
from dataclasses import dataclass
from decimal import Decimal

from surtitle.pipelines.speech.wording.saying import counted, digits, number
from surtitle.pipelines.speech.wording.wording import Gender, Money, Noun, Wording

# Longer ones are codes, which nobody says as a number.
_MOST_DIGITS = 15
_HUNDREDTHS = 2


@dataclass(frozen=True, slots=True)
class Amount:
    """A written number: its whole part and, where it has one, its fraction, as figures."""

    whole: str
    fraction: str | None = None

    @property
    def is_code(self) -> bool:
        """Whether each figure is said for itself."""
        return len(self.whole) > _MOST_DIGITS or (len(self.whole) > 1 and self.whole.startswith("0"))

    @property
    def is_one(self) -> bool:
        return self.whole == "1" and self.fraction is None


def amount_pattern(wording: Wording) -> str:
    """Matches a number: grouped, plain, with or without a fraction."""
    groups, mark = re.escape(wording.group_marks), re.escape(wording.decimal_mark)
    # A fraction after a point is read in every language: it is how machines write numbers.
    return rf"(?:\d{{1,3}}(?:[{groups}]\d{{3}})+(?!\d)|\d+)(?:{mark}\d+|\.\d{{1,2}}(?!\d))?"


def read_amount(text: str, wording: Wording) -> Amount:
    """`text` matches `amount_pattern`."""
    whole, mark, fraction = text.rpartition(wording.decimal_mark)
    if not mark:
        whole, fraction = text, ""
        if wording.decimal_mark != "." and re.fullmatch(r"\d+\.\d{1,2}", text):
            whole, _, fraction = text.partition(".")
    return Amount("".join(filter(str.isdigit, whole)), fraction or None)


def say_amount(amount: Amount, wording: Wording, gender: Gender | None = None) -> str:
    """`gender` where a noun follows that is counted."""
    if amount.is_code:
        said = digits(amount.whole, wording.language)
        return said if amount.fraction is None else f"{said} {digits(amount.fraction, wording.language)}"
    if amount.fraction is not None and len(amount.fraction) <= _MOST_DIGITS:
        return number(Decimal(f"{amount.whole}.{amount.fraction}"), wording.language)
    if gender is not None:
        return counted(int(amount.whole), wording.language, gender)
    return number(int(amount.whole), wording.language)


def say_money(amount: Amount, money: Money, magnitude: str | None, wording: Wording) -> str:
    """As in "nine dollars and ninety-nine cents", "one point five million euros"."""
    if magnitude is not None:
        return _large(amount, money, magnitude, wording)
    hundredth = money.hundredth
    if amount.fraction is None or len(amount.fraction) != _HUNDREDTHS or hundredth is None:
        return _of(amount, money.whole, wording)
    whole = _of(Amount(amount.whole), money.whole, wording)
    if int(amount.fraction) == 0:
        return whole
    if int(amount.whole) == 0:
        whole = ""
    rest = _of(Amount(str(int(amount.fraction))), hundredth, wording)
    return " ".join(piece for piece in (whole, wording.joins_money if whole else "", rest) if piece)


def _of(amount: Amount, noun: Noun, wording: Wording) -> str:
    return f"{say_amount(amount, wording, noun.gender)} {noun.one if amount.is_one else noun.many}"


def _large(amount: Amount, money: Money, magnitude: str, wording: Wording) -> str:
    counted_as: Gender | None = "masculine" if amount.is_one else None
    large, joint = wording.abbreviations.get(magnitude, magnitude), wording.magnitudes[magnitude]
    noun = money.whole.many
    if joint and wording.language == "fr" and noun[0] in "aeiouéh":
        joint, noun = "", f"d'{noun}"
    pieces = (say_amount(amount, wording, counted_as), large, joint, noun)
    return " ".join(piece for piece in pieces if piece)
