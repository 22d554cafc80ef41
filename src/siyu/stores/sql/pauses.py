"""What is paused, by hand or by the brake, and why."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from siyu.policy.reasons import Language, why_paused
from siyu.stores.sql.schema.dispatch import pause


class SqlPauses:
    """Pauses by what they stop: ``*``, a channel, ``channel/account``, ``play:name``, ``staff:name``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._flavour = sqlite if connection.dialect.name == "sqlite" else postgresql

    def put(self, what: str, *, reason: str, now_us: int) -> None:
        """Pause something; pausing it again keeps the newer reason."""
        statement = self._flavour.insert(pause).values(what=what, reason=reason, since_us=now_us)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["what"], set_={"reason": statement.excluded.reason})
        )

    def take(self, what: str) -> bool:
        """Let it go; return whether it was paused."""
        return self._connection.execute(delete(pause).where(pause.c.what == what)).rowcount > 0

    def all(self) -> dict[str, str]:
        """Return everything that is paused, with its reason as it is kept."""
        return {row.what: row.reason for row in self._connection.execute(select(pause))}

    def told(self, language: Language = "en") -> dict[str, str]:
        """Return everything that is paused, with its reason as people read it."""
        return {what: why_paused(kept, language) for what, kept in self.all().items()}
