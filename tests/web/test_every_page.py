"""The list of pages is whole, and what looks at them sees."""

from tests.web.every_page import NO_PAGES, PAGES, routes
from tests.web.hostile import Looked, hostile


def test_no_page_is_forgotten() -> None:
    found, listed = routes().keys(), {page.route for page in PAGES}
    forgotten = found - listed - NO_PAGES.keys()
    assert not forgotten, "list them in tests/web/every_page.py"
    assert (listed | NO_PAGES.keys()) <= found, "these are no more"


def test_each_has_a_name_of_its_own() -> None:
    assert len({page.name for page in PAGES}) == len(PAGES)


def test_a_page_that_lets_words_become_elements_is_noticed() -> None:
    text = hostile("name", "")
    for page in (f"<p>{text}</p>", f'<a title="{text}">x</a>', f"<a title='{text}'>x</a>"):
        assert Looked(page).found
    for address in ("javascript:ran()", " JavaScript:ran()", "data:text/html,x"):
        assert Looked(f'<a href="{address}">x</a>').found
    assert Looked("<p>name&#39;&#34;&gt;&lt;x-ran onclick=ran()&gt;</p>").told == {"name"}
