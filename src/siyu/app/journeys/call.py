"""Call other systems as journeys want it: until they answer, with an id that lets them count each call once."""

from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec
from sqlalchemy import select, update

from siyu.app.log import get_logger
from siyu.app.workspace import Workspace
from siyu.kernel.ids import id_text
from siyu.kernel.period import HOUR, MINUTE
from siyu.stores.sql.schema.journeys import journey_call
from siyu.stores.sql.schema.people import identifier

#: A call that was begun and not ended in this time is made again: its process died.
_LEASE: Final = 5 * MINUTE
#: Tried again after so long, twice as long each time, at most so many times (house rule: about two days).
_FIRST_PAUSE: Final = MINUTE
_LONGEST_PAUSE: Final = 12 * HOUR
_MOST_ATTEMPTS: Final = 14
_SECONDS: Final = 10.0
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Called:
    """How calls ended; those that were put off are tried again."""

    answered: int
    put_off: int
    given_up: int


def call_due(workspace: Workspace, *, client: httpx.Client | None = None, most: int = 200) -> Called:
    """Make the calls that are due.

    Args:
        client: Makes the calls; a plain one if none is given.
        most: Calls in one go, so that a system that does not answer holds up nothing else for long.
    """
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        rows = connection.execute(
            select(journey_call, identifier.c.person_id)
            .join(identifier, identifier.c.identifier_id == journey_call.c.identifier_id)
            .where(journey_call.c.next_at_us <= now_us)
            .order_by(journey_call.c.next_at_us)
            .limit(most)
            .with_for_update(skip_locked=True, of=journey_call)
        ).all()
        if not rows:
            return Called(0, 0, 0)
        keys = [row.call_id for row in rows]
        connection.execute(
            update(journey_call).where(journey_call.c.call_id.in_(keys)).values(next_at_us=now_us + _LEASE)
        )
    own = client or httpx.Client(timeout=_SECONDS, follow_redirects=False)
    answered = put_off = given_up = 0
    try:
        for row in rows:
            answer, is_done, is_final = _call(own, row)
            attempts = row.attempts + 1
            pause = min(_FIRST_PAUSE * 2**row.attempts, _LONGEST_PAUSE)
            ends = is_done or is_final or attempts >= _MOST_ATTEMPTS
            answered, put_off = answered + is_done, put_off + (not ends)
            given_up += ends and not is_done
            with workspace.database.write() as connection:
                connection.execute(
                    update(journey_call)
                    .where(journey_call.c.call_id == row.call_id)
                    .values(attempts=attempts, answer=answer, next_at_us=None if ends else now_us + pause)
                )
    finally:
        if client is None:
            own.close()
    return Called(answered, put_off, given_up)


def _call(client: httpx.Client, row: Any) -> tuple[str, bool, bool]:
    """Return what came back, whether it was taken, and whether trying again is no use."""
    key = id_text(bytes(row.call_id))
    body = {"id": key, "journey": row.journey, "step": row.step, "person": row.person_id, "at_us": row.wanted_at_us}
    headers = {"content-type": "application/json", "idempotency-key": key}
    try:
        response = client.post(row.url, content=msgspec.json.encode(body), headers=headers)
    except httpx.HTTPError as error:
        _log.info("call not answered", url=row.url, reason=str(error))
        return type(error).__name__, False, False
    refused = response.is_client_error and response.status_code not in {408, 425, 429}
    return f"HTTP {response.status_code}", response.is_success, refused or response.is_redirect
