"""Money as whole minor units (fen, cents) and a currency: never a float.

Source: exponents of ISO 4217 (currencies with other than two decimal places).
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from siyu.kernel.errors import BadInputError

CNY: Final = "CNY"
_EXPONENTS: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_LARGEST: Final = 2**62
_BETWEEN_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")  # not that of 12,50: it would be 1,250


def exponent(currency: str) -> int:
    """Return how many decimal places ``currency`` has (2 for most)."""
    return _EXPONENTS.get(currency, 2)


def minor_units(amount: str | float | Decimal, currency: str = CNY) -> int:
    """Turn an amount in whole units into minor units, exactly.

    Text such as ``"12.30"`` or ``"¥1,204.5"`` is read as decimal digits. A float is read as the
    shortest decimal that names it and rounded half to even at the minor unit.

    Raises:
        BadInputError: not a finite number; more places than the currency has (text only); too large.
    """
    text = repr(amount) if isinstance(amount, float) else str(amount)
    text = _BETWEEN_THOUSANDS.sub("", text.strip().lstrip("¥￥$£€").strip())
    try:
        value = Decimal(text).scaleb(exponent(currency))
    except InvalidOperation as error:
        raise BadInputError(f"{amount!r} is not an amount of money", mend="write it like 12.30") from error
    if not value.is_finite() or abs(value) > _LARGEST:
        raise BadInputError(f"{amount!r} is not a payable amount of money")
    whole = int(value.to_integral_value())
    if whole != value and not isinstance(amount, float):
        raise BadInputError(
            f"{amount!r} has more decimal places than {currency}",
            mend=f"round it to {exponent(currency)} places",
        )
    return whole


def major_text(minor: int, currency: str = CNY) -> str:
    """Write minor units as people read them: ``459603958`` becomes ``"4,596,039.58"``."""
    places = exponent(currency)
    return f"{Decimal(minor).scaleb(-places):,.{places}f}"
