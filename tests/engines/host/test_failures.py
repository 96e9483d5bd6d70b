from dataclasses import replace

from surtitle.engines.host.failures import told, understood
from surtitle.errors import Unavailable


class FontLacks(Unavailable):
    slug = "font-lacks-script"
    passing = False


def test_an_error_keeps_its_name_and_whether_it_may_pass_where_its_class_is_unknown() -> None:
    failed = told(FontLacks("No font."))
    # The host of a film does not import the rooms that draw.
    error = understood(replace(failed, classes=failed.classes[1:]), "storyboard")
    assert type(error) is Unavailable
    assert (error.slug, error.passing, error.message) == ("font-lacks-script", False, "No font.")
