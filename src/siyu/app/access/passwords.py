"""The console's password: made at the first run and shown once, kept as a slow hash.

Source: scrypt (RFC 7914) from ``cryptography``; the cost is the one that OWASP's Password Storage Cheat Sheet names
(N = 2^17, r = 8, p = 1: 128 MiB and about a third of a second for every guess).
"""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError, ConfigError
from siyu.stores.sql.schema.app import setting

#: Whose password it is; the console has one account.
ADMIN: Final = "admin"
SHORTEST: Final = 10
_NAME: Final = "console.password"
_COST: Final = (2**17, 8, 1)
_BYTES: Final = 32


def hashed(password: str, salt: bytes, cost: tuple[int, int, int] = _COST) -> str:
    """Return the hash to keep: ``scrypt$N$r$p$salt$hash``.

    Args:
        salt: 16 unpredictable bytes, new for every password.
        cost: N (a power of two), r and p of scrypt.
    """
    n, r, p = cost
    digest = Scrypt(salt=salt, length=_BYTES, n=n, r=r, p=p).derive(password.encode())
    return f"scrypt${n}${r}${p}${_text(salt)}${_text(digest)}"


def matches(password: str, kept: str) -> bool:
    """Tell whether a password is the one that was hashed; takes as long for a wrong one as for the right one.

    Raises:
        ConfigError: what was kept is no hash of ours.
    """
    try:
        name, n, r, p, salt, _ = kept.split("$")
        again = hashed(password, urlsafe_b64decode(salt), (int(n), int(r), int(p)))
    except ValueError as error:
        raise ConfigError("the console's password cannot be read: make a new one with `siyu password new`") from error
    return name == "scrypt" and hmac.compare_digest(again, kept)


def first_password(workspace: Workspace) -> str | None:
    """Make the admin's password if there is none yet.

    Returns:
        The password, to be shown once; None if there was one already. It is kept nowhere as plain text.
    """
    with workspace.database.read() as connection:
        if _kept(connection) is not None:
            return None
    password = _made_up()
    row = {"name": _NAME, "value": hashed(password, os.urandom(16))}
    flavour = sqlite if workspace.database.is_sqlite else postgresql
    with workspace.database.write() as connection:
        added = connection.execute(
            flavour.insert(setting).values(row).on_conflict_do_nothing(index_elements=["name"])
        ).rowcount
    return password if added else None


def set_password(workspace: Workspace, password: str = "") -> str:
    """Put a new password in force, made up if none is given, and return it.

    Raises:
        BadInputError: it is too short.
    """
    if password and len(password) < SHORTEST:
        raise BadInputError(f"{len(password)} characters are too few", where="password", mend=f"at least {SHORTEST}")
    password = password or _made_up()
    value = hashed(password, os.urandom(16))
    flavour = sqlite if workspace.database.is_sqlite else postgresql
    with workspace.database.write() as connection:
        connection.execute(
            flavour.insert(setting)
            .values(name=_NAME, value=value)
            .on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )
    return password


def is_password(workspace: Workspace, password: str) -> bool:
    """Tell whether this is the admin's password; never, while there is none."""
    with workspace.database.read() as connection:
        kept = _kept(connection)
    return kept is not None and matches(password, kept)


def _kept(connection: Connection) -> str | None:
    return connection.execute(select(setting.c.value).where(setting.c.name == _NAME)).scalar_one_or_none()


def _made_up() -> str:
    """Return 100 bits as four groups of letters and digits that cannot be mistaken for each other."""
    letters = "abcdefghjkmnpqrstuvwxyz023456789"
    picked = "".join(letters[byte & 31] for byte in os.urandom(20))
    return "-".join(picked[i : i + 5] for i in range(0, 20, 5))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()
