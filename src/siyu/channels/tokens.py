"""Access tokens shared by the threads of one process; ``stores/sql/tokens.py`` shares them between processes."""

from collections.abc import Callable
from threading import Lock

from siyu.dispatch.account import Token


class MemoryTokens:
    """A ``dispatch.account.TokenStore`` in memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._names: dict[str, Lock] = {}
        self._tokens: dict[str, Token] = {}

    def token(self, name: str, *, now_us: int, fetch: Callable[[], Token], refused: str = "") -> Token:
        """Return a fresh token (see ``TokenStore``)."""
        with self._lock:
            name_lock = self._names.setdefault(name, Lock())
        with name_lock:
            known = self._tokens.get(name)
            if known is None or not known.is_fresh(now_us) or known.value == refused:
                known = self._tokens[name] = fetch()
            return known
