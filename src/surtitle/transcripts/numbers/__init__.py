"""Numbers as people say them (twenty-one) or as they write them (21), in what was heard."""

from surtitle.transcripts.numbers.restyling import NUMBER_LANGUAGES, restyle_numbers, restyling_warning

__all__ = ["NUMBER_LANGUAGES", "restyle_numbers", "restyling_warning"]
