"""The link that refuses (一键退订): whom it is for stands in it encrypted, so that nobody can refuse for another.

Source: RFC 8058 (List-Unsubscribe-Post: the mail program posts ``List-Unsubscribe=One-Click`` to the address).
"""

import base64
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from siyu.kernel.errors import BadInputError

_ABOUT: Final = b"siyu one-click unsubscribe"
_LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Refuser:
    """Who refuses, and by which message: its id in hexadecimal."""

    address: str
    message: str


def mark_of(refuser: Refuser, *, key: str) -> str:
    """Write who refuses as a word for an address; the same person and message always give the same word."""
    sealed = _cipher(key).encrypt(f"{refuser.message} {refuser.address}".encode(), [_ABOUT])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def refuser_of(mark: str, *, key: str) -> Refuser:
    """Read it back.

    Raises:
        BadInputError: it was not made with ``key``.
    """
    try:
        sealed = base64.urlsafe_b64decode(mark[:_LONGEST] + "=" * (-len(mark) % 4))
        plain = _cipher(key).decrypt(sealed, [_ABOUT]).decode()
    except (ValueError, InvalidTag) as error:
        raise BadInputError("the link to refuse was not made by us", where="m") from error
    message, _, address = plain.partition(" ")
    return Refuser(address, message)


def _cipher(key: str) -> AESSIV:
    return AESSIV(sha256(b"unsubscribe:" + key.encode()).digest())
