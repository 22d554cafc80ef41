from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.errors import BadInputError
from siyu.kernel.money import exponent, major_text, minor_units


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.30", "CNY", 1230),
        ("¥1,204.5", "CNY", 120450),
        ("1,234,567.8", "CNY", 123456780),
        (0.1 + 0.2, "CNY", 30),
        (-7, "CNY", -700),
        ("100", "JPY", 100),
        ("1.234", "KWD", 1234),
    ],
)
def test_an_amount_is_read_exactly(amount: str | float, currency: str, minor: int) -> None:
    assert minor_units(amount, currency) == minor


@pytest.mark.parametrize("amount", ["", "twelve", "nan", "inf", "1.234", "9" * 30, "12,50", "1,2345", "1.234,50"])
def test_what_is_not_money_is_refused_with_a_mend(amount: str) -> None:
    with pytest.raises(BadInputError):
        minor_units(amount)


@given(st.integers(-(10**15), 10**15), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_writing_and_reading_back_gives_the_same(minor: int, currency: str) -> None:
    assert minor_units(major_text(minor, currency), currency) == minor
    assert Decimal(major_text(minor, currency).replace(",", "")).scaleb(exponent(currency)) == minor
