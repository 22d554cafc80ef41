"""When people last wrote to us, by channel; platforms open their reply windows by it."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.schema.people import identifier, last_word
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

_MESSAGE_IN = TouchKind.MESSAGE_IN
_LATER = (
    "ON CONFLICT (identifier_id, channel) DO UPDATE SET at_us ="
    " CASE WHEN excluded.at_us > last_word.at_us THEN excluded.at_us ELSE last_word.at_us END"
)


class SqlLastWords:
    """The latest message in. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def say(self, anchored: Sequence[tuple[int, Touch]]) -> None:
        """Remember the messages in of a batch of (identifier number, touch)."""
        latest: dict[tuple[int, str], int] = {}
        for number, touch in anchored:
            if touch.kind is _MESSAGE_IN and number:
                place = (number, touch.channel)
                latest[place] = max(latest.get(place, 0), touch.happened_at_us)
        if latest:
            rows = [(*place, at_us) for place, at_us in latest.items()]
            insert_rows(self._connection, last_word, ("identifier_id", "channel", "at_us"), rows, then=_LATER)

    def of_people(self, person_ids: Sequence[int]) -> dict[int, dict[str, int]]:
        """Return when each person last wrote, by channel."""
        found: dict[int, dict[str, int]] = {}
        for part in chunks(person_ids):
            rows = self._connection.execute(
                select(identifier.c.person_id, last_word.c.channel, func.max(last_word.c.at_us))
                .join(last_word, last_word.c.identifier_id == identifier.c.identifier_id)
                .where(identifier.c.person_id.in_(part))
                .group_by(identifier.c.person_id, last_word.c.channel)
            )
            for person, channel, at_us in rows:
                found.setdefault(person, {})[channel] = at_us
        return found
