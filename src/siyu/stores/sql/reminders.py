"""When staff were reminded of what waits for them."""

from sqlalchemy import Connection, select

from siyu.stores.sql.schema.dispatch import reminder


class SqlReminders:
    """Reminders by the platform's task. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, task: str, *, at_us: int) -> None:
        """Remember one reminder."""
        self._connection.execute(reminder.insert().values(task=task, at_us=at_us))

    def since(self, at_us: int) -> dict[str, list[int]]:
        """Return the reminders of each task after ``at_us``."""
        found: dict[str, list[int]] = {}
        for task, at in self._connection.execute(select(reminder).where(reminder.c.at_us > at_us)):
            found.setdefault(task, []).append(at)
        return found
