"""What the brake looks at: messages that reached people, and who left or withdrew soon after one, by source and day."""

from collections import Counter

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from siyu.kernel.period import DAY
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import consent, identifier, relation

#: A farewell within so long after a message is put down to the last message.
BLAMED_FOR = 7 * DAY
_LOOKED = "brake looked at"


class SqlBrakeDays:
    """Counts by (source, day number); a source is named as a pause is. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sent(self, *, since_us: int) -> Counter[tuple[str, int]]:
        """Count the messages that were sent."""
        # `//`: whole numbers on both databases
        day = message.c.due_at_us // DAY
        columns = (day, message.c.channel, message.c.account, message.c.staff, message.c.play)
        rows = self._connection.execute(
            select(*columns, func.count())
            .where(message.c.state == "sent", message.c.due_at_us >= since_us)
            .group_by(*columns)
        )
        found: Counter[tuple[str, int]] = Counter()
        for number, channel, account, staff, play, count in rows:
            for name in _sources(channel, account, staff, play):
                found[name, int(number)] += count
        return found

    def bad(self, *, since_us: int) -> Counter[tuple[str, int]]:
        """Count who ended the relation or withdrew consent, each person once a day, at the last message before."""
        theirs, own = identifier.alias("theirs"), identifier.alias("own")
        last: dict[tuple[int, int], tuple[int, str, str, str, str]] = {}
        for table, moment in ((relation, relation.c.until_us), (consent, consent.c.decided_at_us)):
            query = (
                select(
                    own.c.person_id, moment, message.c.due_at_us, message.c.channel, message.c.account,
                    message.c.staff, message.c.play,
                )
                .select_from(table)
                .join(own, own.c.identifier_id == table.c.identifier_id)
                .join(theirs, theirs.c.person_id == own.c.person_id)
                .join(message, message.c.identifier_id == theirs.c.identifier_id)
                .where(
                    moment >= since_us, message.c.state == "sent", message.c.due_at_us <= moment,
                    message.c.due_at_us > moment - BLAMED_FOR,
                )
            )  # fmt: skip
            if table is consent:
                query = query.where(consent.c.granted == 0)
            for person, at_us, *blamed in self._connection.execute(query):
                place = (person, at_us // DAY)
                last[place] = max(last.get(place, (0, "", "", "", "")), tuple(blamed))
        found: Counter[tuple[str, int]] = Counter()
        for (_, number), (_, channel, account, staff, play) in last.items():
            for name in _sources(channel, account, staff, play):
                found[name, number] += 1
        return found

    def looked_at_us(self) -> int:
        """Return when the brake last looked."""
        return int(self._remembered(_LOOKED) or 0)

    def look(self, now_us: int) -> None:
        """Remember that the brake looked."""
        self._remember(_LOOKED, str(now_us))

    def stopped_at_us(self, source: str) -> int:
        """Return when the brake last stopped a source; what was before is not held against it again."""
        return int(self._remembered(_stopped(source)) or 0)

    def stop(self, source: str, now_us: int) -> None:
        """Remember that the brake stopped a source."""
        self._remember(_stopped(source), str(now_us))

    def _remembered(self, name: str) -> str | None:
        value: str | None = self._connection.execute(select(setting.c.value).where(setting.c.name == name)).scalar()
        return value

    def _remember(self, name: str, value: str) -> None:
        flavour = sqlite if self._connection.dialect.name == "sqlite" else postgresql
        statement = flavour.insert(setting).values(name=name, value=value)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
        )


def _stopped(source: str) -> str:
    return f"brake stopped {source}"[:128]


def _sources(channel: str, account: str, staff: str, play: str) -> list[str]:
    return [f"{channel}/{account}", f"play:{play}", *([f"staff:{staff}"] if staff else [])]
