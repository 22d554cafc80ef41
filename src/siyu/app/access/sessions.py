"""Who is logged in, and how wrong passwords slow down."""

import os
from base64 import urlsafe_b64encode
from collections import OrderedDict
from hashlib import sha256
from typing import Final

from sqlalchemy import delete, select

from siyu.app.clock import Clock, RealClock
from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY, SECOND
from siyu.stores.sql.schema.app import setting

COOKIE: Final = "siyu_session"
LASTS: Final = 7 * DAY
_PREFIX: Final = "console.session."


class Sessions:
    """Sessions of a workspace, kept as hashes in its settings, so that every process knows them.

    Args:
        clock: The real clock; a session lives on people's time, also when the workspace replays another year.
    """

    def __init__(self, workspace: Workspace, clock: Clock | None = None) -> None:
        self._database, self._clock = workspace.database, clock or RealClock()

    def begin(self) -> str:
        """Open a session and return its token, which only the browser keeps; drop those that are over."""
        token = urlsafe_b64encode(os.urandom(32)).decode()
        now_us = self._clock.now_us()
        with self._database.write() as connection:
            rows = connection.execute(select(setting).where(setting.c.name.startswith(_PREFIX)))
            over = [row.name for row in rows if int(row.value) <= now_us]
            connection.execute(delete(setting).where(setting.c.name.in_(over)))
            connection.execute(setting.insert().values(name=_name(token), value=str(now_us + LASTS)))
        return token

    def holds(self, token: str | None) -> bool:
        """Tell whether a token opens the console now."""
        if not token:
            return False
        with self._database.read() as connection:
            until = connection.execute(
                select(setting.c.value).where(setting.c.name == _name(token))
            ).scalar_one_or_none()
        return until is not None and int(until) > self._clock.now_us()

    def end(self, token: str | None) -> None:
        """Close a session at once, in every window."""
        if token:
            with self._database.write() as connection:
                connection.execute(delete(setting).where(setting.c.name == _name(token)))

    def end_all(self) -> None:
        """Close every session: after a new password."""
        with self._database.write() as connection:
            connection.execute(delete(setting).where(setting.c.name.startswith(_PREFIX)))


class Brake:
    """Makes guessing slow: after three wrong passwords each further try must wait, twice as long every time.

    Kept in memory by address, for the ``most`` addresses that tried last.
    """

    FREE: Final = 3
    LONGEST: Final = 300 * SECOND

    def __init__(self, clock: Clock | None = None, *, most: int = 10_000) -> None:
        self._clock, self._most = clock or RealClock(), most
        self._failed: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """Return how many whole seconds this address must still wait; 0 if it may try."""
        count, last_us = self._failed.get(address, (0, 0))
        if count < self.FREE:
            return 0
        opens_us = last_us + min(self.LONGEST, SECOND << (count - self.FREE + 1))
        return max(0, -((self._clock.now_us() - opens_us) // SECOND))

    def wrong(self, address: str) -> None:
        """Note a wrong password."""
        count, _ = self._failed.pop(address, (0, 0))
        self._failed[address] = (min(count + 1, 20), self._clock.now_us())
        while len(self._failed) > self._most:
            self._failed.popitem(last=False)

    def right(self, address: str) -> None:
        """Forget the wrong ones."""
        self._failed.pop(address, None)


def _name(token: str) -> str:
    return _PREFIX + sha256(token.encode()).hexdigest()
