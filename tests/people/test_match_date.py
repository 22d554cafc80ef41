import pytest

from siyu.people.match_date import date_of, month_first


@pytest.mark.parametrize(
    "written",
    [
        "1990-03-05",
        "19900305",
        "1990/3/5",
        "1990年3月5日",
        "1990-03-05 00:00:00",
        "5/3/1990",
        "5 mar 1990",
        "march 5th, 1990",
    ],
)
def test_a_birthday_is_read_however_it_is_written(written: str) -> None:
    assert date_of(written) == "19900305"


def test_what_is_no_date_is_nothing() -> None:
    assert not any(date_of(text) for text in ("", "1990", "1990-13-40", "soon", "5 mai 1990"))


def test_a_column_that_writes_the_month_first_is_known_by_its_days() -> None:
    american = ["12/31/1990", "03/05/1990", "07/22/1988", None]
    assert month_first(american)
    assert not month_first(["31/12/1990", "05/03/1990"])
    assert date_of("03/05/1990", american=True) == "19900305"
