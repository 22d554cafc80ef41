"""The log of recent touches in SQL, and the ids of every touch ever taken in."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select

from siyu.stores.sql.bulk import insert_keys, insert_rows
from siyu.stores.sql.schema.touches import touch, touch_id
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

_json = msgspec.json.Encoder()
_NOTHING: Final = b"{}"
_COLUMNS: Final = (
    "touch_id", "identifier_id", "channel", "account", "kind", "happened_at_us", "received_at_us", "scene",
    "source_code", "content_id", "staff", "about", "value_minor", "currency", "properties",
)  # fmt: skip


class SqlTouchLog:
    """Append-only. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fresh(self, touches: Sequence[Touch]) -> list[Touch]:
        """Return the touches that were never taken in, each once, and remember their ids."""
        # sorted: neighbours in the tree come one after the other, and two writers never wait for each other in a ring
        ids = sorted({one.touch_id for one in touches})
        left = insert_keys(self._connection, touch_id, "touch_id", ids)
        if left is None and len(ids) == len(touches):
            return list(touches)
        left = set(ids) if left is None else left
        fresh: list[Touch] = []
        for one in touches:
            if one.touch_id in left:
                left.remove(one.touch_id)
                fresh.append(one)
        return fresh

    def append(self, touches: Sequence[Touch], identifier_ids: Sequence[int]) -> None:
        """Keep touches with the identifier each hangs on."""
        encode = _json.encode
        insert_rows(
            self._connection,
            touch,
            _COLUMNS,
            [
                (
                    one.touch_id, identifier_id, one.channel, one.account, int(one.kind), one.happened_at_us,
                    one.received_at_us, one.scene, one.source_code, one.content_id, one.staff, one.about,
                    one.value_minor, one.currency, encode(one.properties) if one.properties else _NOTHING,
                )
                for one, identifier_id in zip(touches, identifier_ids, strict=True)
            ],
        )  # fmt: skip

    def beyond(self, seq: int) -> tuple[int, int]:
        """Return how many touches came after number ``seq``, and the number of the last."""
        rows, last = self._connection.execute(
            select(func.count(), func.max(touch.c.seq)).where(touch.c.seq > seq)
        ).one()
        return int(rows), int(last or seq)

    def since(self, seq: int) -> Iterator[tuple[int, Touch]]:
        """Give (identifier number, touch) of what came after number ``seq``; only what profiles count is filled in."""
        columns = (touch.c.identifier_id, touch.c.kind, touch.c.happened_at_us, touch.c.value_minor)
        for number, kind, at_us, value in self._connection.execute(select(*columns).where(touch.c.seq > seq)):
            yield (
                number,
                Touch(
                    touch_id=b"", channel="", kind=TouchKind(kind), happened_at_us=at_us, received_at_us=0,
                    value_minor=value,
                ),
            )  # fmt: skip

    def taken_in(self) -> int:
        """Count every touch ever taken in."""
        return int(self._connection.execute(select(func.count()).select_from(touch_id)).scalar_one())
