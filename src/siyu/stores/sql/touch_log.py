"""The log of recent touches in SQL, and the ids of every touch ever taken in."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, func, select

from siyu.stores.sql.batch import chunks
from siyu.stores.sql.schema.touches import touch, touch_id
from siyu.touchpoints.touch import Touch

_json = msgspec.json.Encoder()


class SqlTouchLog:
    """Append-only. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fresh(self, touches: Sequence[Touch]) -> list[Touch]:
        """Return the touches that were never taken in, each once, and remember their ids."""
        by_id = {one.touch_id: one for one in reversed(touches)}
        for part in chunks(list(by_id)):
            rows = self._connection.execute(select(touch_id.c.touch_id).where(touch_id.c.touch_id.in_(part)))
            for (known,) in rows:
                by_id.pop(bytes(known), None)
        fresh = list(reversed(by_id.values()))
        if fresh:
            self._connection.execute(touch_id.insert(), [{"touch_id": one.touch_id} for one in fresh])
        return fresh

    def append(self, touches: Sequence[Touch], identifier_ids: Sequence[int]) -> None:
        """Keep touches with the identifier each hangs on."""
        if touches:
            self._connection.execute(
                touch.insert(),
                [
                    {
                        "touch_id": one.touch_id,
                        "identifier_id": identifier_id,
                        "channel": one.channel,
                        "account": one.account,
                        "kind": int(one.kind),
                        "happened_at_us": one.happened_at_us,
                        "received_at_us": one.received_at_us,
                        "scene": one.scene,
                        "source_code": one.source_code,
                        "content_id": one.content_id,
                        "staff": one.staff,
                        "about": one.about,
                        "value_minor": one.value_minor,
                        "currency": one.currency,
                        "properties": _json.encode(one.properties),
                    }
                    for one, identifier_id in zip(touches, identifier_ids, strict=True)
                ],
            )

    def taken_in(self) -> int:
        """Count every touch ever taken in."""
        return int(self._connection.execute(select(func.count()).select_from(touch_id)).scalar_one())
