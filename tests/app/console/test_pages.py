"""Pages are found by their files, and say what they are in both languages."""

from pathlib import Path

from siyu.app.console import pages as folder
from siyu.app.console import words
from siyu.app.console.menu import pages
from siyu.app.console.screen import Screen
from siyu.policy.reasons import reasons


def test_every_file_is_a_page_and_no_two_share_an_address() -> None:
    files = [file for file in Path(folder.__path__[0]).glob("*.py") if file.stem != "__init__"]
    assert len(pages()) == len(files) > 8
    assert len({page.path for page in pages()}) == len(files)


def test_every_page_has_a_title_in_both_languages_and_its_place_in_the_menu() -> None:
    for page in pages():
        assert page.title.english.isascii()
        assert any("\u4e00" <= char <= "\u9fff" for char in page.title.chinese), page.path
        assert bool(page.lead.english) == bool(page.lead.chinese)
        assert not (page.in_menu and "{" in page.path), "a menu cannot fill a parameter in"
    orders = [page.order for page in pages() if page.in_menu]
    assert orders == sorted(set(orders)), "no two pages want the same place"


def test_every_rule_has_a_name_in_chinese() -> None:
    screen = Screen(None, "zh", False, "/", {}, {})  # type: ignore[arg-type]  words need no workspace
    for name in {*reasons(), "next_best"} - {"any", "brake"}:
        assert any("\u4e00" <= char <= "\u9fff" for char in words.rule(screen, name)), name
