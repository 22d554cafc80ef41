"""Outbox (发件箱): messages by state, and one by one, without whom they go to in plain."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import select

from siyu.app.views.kept import KEPT
from siyu.app.workspace import Workspace
from siyu.kernel.ids import id_of_text, id_text
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message; times in microseconds since 1970 UTC."""

    message_id: str
    person_id: int
    play: str
    channel: str
    account: str
    staff: str
    action: str
    text: str
    state: str
    attempts: int
    due_at_us: int
    settled_at_us: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """One page of messages; ``after`` is the key for the next page, empty when there are no more."""

    rows: Sequence[OutboxRow]
    after: str


def outbox_counts(workspace: Workspace) -> dict[str, int]:
    """Count all messages by state."""

    def read() -> dict[str, int]:
        with workspace.database.read() as connection:
            return SqlOutbox(connection).counts()

    return KEPT.get(workspace, "outbox", read, fresh_s=5.0)


def outbox_page(
    workspace: Workspace, *, state: str = "", play: str = "", person_id: int = 0, after: str = "", most: int = 50
) -> OutboxPage:
    """Return messages, those of the newest occasion first."""
    query = (
        select(message, identifier.c.person_id)
        .join(identifier, identifier.c.identifier_id == message.c.identifier_id)
        .order_by(message.c.message_id.desc())
        .limit(most + 1)
    )
    for column, wanted in ((message.c.state, state), (message.c.play, play), (identifier.c.person_id, person_id)):
        if wanted:
            query = query.where(column == wanted)
    if after:
        query = query.where(message.c.message_id < id_of_text(after))
    with workspace.database.read() as connection:
        rows = [
            OutboxRow(
                id_text(bytes(row.message_id)), row.person_id, row.play, row.channel, row.account, row.staff,
                row.action, str(msgspec.json.decode(row.content).get("text", "")), row.state, row.attempts,
                row.due_at_us, row.settled_at_us, row.detail,
            )
            for row in connection.execute(query)
        ]  # fmt: skip
    return OutboxPage(rows[:most], rows[most - 1].message_id if len(rows) > most else "")
