"""What the brake looks at: messages that reached people, and who left, withdrew or complained soon after, by day."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.dialects import postgresql, sqlite

from siyu.kernel.period import DAY
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import consent, identifier, relation

#: A farewell within so long after a message is put down to the last message.
BLAMED_FOR = 7 * DAY
_LOOKED = "brake looked at"
_LET_GO = "brake let go"
#: The relation a message went through: it knows the code by which the person came.
_CAME_BY = relation.alias("came_by")
_CAME = and_(
    _CAME_BY.c.identifier_id == message.c.identifier_id,
    _CAME_BY.c.channel == message.c.channel,
    _CAME_BY.c.account == message.c.account,
    _CAME_BY.c.staff == message.c.staff,
)
_WITH_CODE = message.join(_CAME_BY, _CAME, isouter=True)
_THROUGH = (
    message.c.channel, message.c.account, message.c.staff, message.c.play,
    func.coalesce(_CAME_BY.c.source_code, "").label("code"),
)  # fmt: skip
_NOBODY: tuple[Any, ...] = (0, "", "", "", "", "")


class SqlBrakeDays:
    """Counts by (source, day number); a source is named as a pause is. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sent(self, *, since_us: int) -> Counter[tuple[str, int]]:
        """Count the messages that were sent."""
        # `//`: whole numbers on both databases
        day = message.c.due_at_us // DAY
        columns = (day, *_THROUGH)
        rows = self._connection.execute(
            select(*columns, func.count())
            .select_from(_WITH_CODE)
            .where(message.c.state == "sent", message.c.due_at_us >= since_us)
            .group_by(*columns)
        )
        found: Counter[tuple[str, int]] = Counter()
        for number, *through, count in rows:
            for name in _sources(*through):
                found[name, int(number)] += count
        return found

    def bad(self, *, since_us: int, complaints: Sequence[tuple[int, int]] = ()) -> Counter[tuple[str, int]]:
        """Count who ended the relation, withdrew consent or complained, each person once a day.

        It is put down to the last message before, and counted on the day of that message: there stands what was sent.

        Args:
            complaints: (person, moment) of each.
        """
        moments = defaultdict[int, list[int]](list)
        for person, at_us in (*self._farewells(since_us), *complaints):
            moments[person].append(at_us)
        heard = (
            select(identifier.c.person_id, message.c.due_at_us, *_THROUGH)
            .select_from(_WITH_CODE.join(identifier, identifier.c.identifier_id == message.c.identifier_id))
            .where(message.c.state == "sent", message.c.due_at_us > since_us - BLAMED_FOR)
        )
        last: dict[tuple[int, int], tuple[Any, ...]] = {}
        for part in chunks(sorted(moments)):
            for person, *blamed in self._connection.execute(heard.where(identifier.c.person_id.in_(part))):
                for at_us in moments[person]:
                    if at_us - BLAMED_FOR < blamed[0] <= at_us:
                        place = (person, at_us // DAY)
                        last[place] = max(last.get(place, _NOBODY), tuple(blamed))
        found: Counter[tuple[str, int]] = Counter()
        for sent_at_us, *through in last.values():
            for name in _sources(*through):
                found[name, sent_at_us // DAY] += 1
        return found

    def _farewells(self, since_us: int) -> list[tuple[int, int]]:
        """Return (person, moment) of every relation that ended and every consent that was withdrawn."""
        found: list[tuple[int, int]] = []
        for table, moment, of in (
            (relation, relation.c.until_us, relation.c.until_us.is_not(None)),
            (consent, consent.c.decided_at_us, consent.c.granted == 0),
        ):
            whose = select(identifier.c.person_id, moment).join(
                table, table.c.identifier_id == identifier.c.identifier_id
            )
            rows = self._connection.execute(whose.where(of, moment >= since_us))
            found += [(person, at_us) for person, at_us in rows]
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

    def let_go(self, source: str, *, by: str, because: str, now_us: int) -> None:
        """Remember who let a source go, and why."""
        one = {"source": source, "by": by, "because": because, "at_us": now_us}
        self._remember(_LET_GO, json.dumps([*self.let_go_before(), one], ensure_ascii=False))

    def let_go_before(self) -> list[dict[str, Any]]:
        """Return who let what go and why, the oldest first."""
        told: list[dict[str, Any]] = json.loads(self._remembered(_LET_GO) or "[]")
        return told

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


def _sources(channel: str, account: str, staff: str, play: str, code: str) -> list[str]:
    names = [f"{channel}/{account}", f"play:{play}"]
    return [*names, *([f"staff:{staff}"] if staff else []), *([f"code:{code}"] if code else [])]
