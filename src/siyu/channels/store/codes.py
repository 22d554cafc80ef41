"""Codes at a till (收银台码): which store and till a scan came from, safe from being made up. Pure.

The text fits the scene of a mini program's code and of a parametric code (32 letters, digits and signs).
"""

import re
from dataclasses import dataclass
from typing import Final

from siyu.channels.signatures import hmac_sha256_hex, same
from siyu.kernel.errors import BadInputError

_NAME: Final = re.compile(r"[0-9A-Za-z_]{1,10}")
_CODE: Final = re.compile(r"t\.([0-9A-Za-z_]{1,10})\.([0-9A-Za-z_]{1,10})\.([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Till:
    """One till of one store."""

    store: str
    till: str


def till_code(till: Till, *, key: str) -> str:
    """Write the code of a till: at most 32 characters.

    Raises:
        BadInputError: a name is none of 1 to 10 letters, digits and underscores.
    """
    for name in (till.store, till.till):
        if not _NAME.fullmatch(name):
            raise BadInputError(f"{name!r} cannot stand in a till's code", mend="1 to 10 letters, digits, _")
    return f"t.{till.store}.{till.till}.{_mark(till, key)}"


def read_till_code(code: str, *, key: str) -> Till:
    """Read the code of a till.

    Raises:
        BadInputError: it is none, or was not made with ``key``.
    """
    found = _CODE.fullmatch(code)
    if not found:
        raise BadInputError(f"{code[:40]!r} is no code of a till")
    till = Till(found[1], found[2])
    if not same(_mark(till, key), found[3]):
        raise BadInputError("the code of the till was made up", where="code")
    return till


def till_named_in(code: str) -> Till | None:
    """Return the till that a code names, whoever made it; ``None`` if it is no till's code.

    Where the key is at hand, :func:`read_till_code` also makes sure that the brand made it.
    """
    found = _CODE.fullmatch(code)
    return Till(found[1], found[2]) if found else None


def _mark(till: Till, key: str) -> str:
    return hmac_sha256_hex(key, f"{till.store}.{till.till}")[:8]
