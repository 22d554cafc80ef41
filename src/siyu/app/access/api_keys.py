"""Make and check the keys of the HTTP doors."""

from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.stores.sql.api_keys import ApiKey, SqlApiKeys

INTAKE: Final = "intake"
READ: Final = "read"
ADMIN: Final = "admin"
#: What a key opens; ``admin`` opens everything.
SCOPES: Final = (INTAKE, READ, ADMIN)
_PREFIX: Final = "siyu_"


def make_key(workspace: Workspace, scope: str, label: str = "", *, secret: Callable[[int], str] = token_urlsafe) -> str:
    """Make a key and return it; it is never shown again.

    Args:
        scope: One of ``SCOPES``.
        secret: Gives text that nobody can guess, of that many random bytes.

    Raises:
        BadInputError: there is no such scope.
    """
    if scope not in SCOPES:
        raise BadInputError(f"{scope!r} is no scope", where="--scope", mend=f"there are: {', '.join(SCOPES)}")
    key = _PREFIX + secret(32)
    with workspace.database.write() as connection:
        SqlApiKeys(connection).add(ApiKey(digest_of(key), scope, label, workspace.clock.now_us()))
    return key


def digest_of(key: str) -> bytes:
    """Return what is stored of a key. It has 256 random bits, so one round of SHA-256 cannot be turned back."""
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


class KeyRing:
    """Checks keys, and remembers what it saw for a moment, so that a busy client costs no query per request.

    Args:
        remembers_us: For how long; a revoked key stops working within that time.
    """

    def __init__(self, workspace: Workspace, *, remembers_us: int = 5_000_000) -> None:
        self._workspace, self._remembers_us = workspace, remembers_us
        self._seen: dict[str, tuple[int, ApiKey]] = {}

    def opened_by(self, key: str, scope: str) -> ApiKey | None:
        """Return the key if it holds and opens ``scope``."""
        now_us = self._workspace.clock.now_us()
        seen = self._seen.get(key)
        if seen is None or now_us - seen[0] > self._remembers_us:
            with self._workspace.database.read() as connection:
                found = SqlApiKeys(connection).find(digest_of(key))
            if found is None:
                self._seen.pop(key, None)
                return None
            seen = self._seen[key] = (now_us, found)
        return seen[1] if seen[1].scope in {scope, ADMIN} else None
