"""Keep promises (兑现承诺): a promise that was delivered is booked as kept, with the message as its proof."""

from sqlalchemy import select

from siyu.app.workspace import Workspace
from siyu.campaigns.plays.welcome import DELIVERS, PLAY
from siyu.dispatch.message import MessageState
from siyu.kernel.ids import id_text
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier


def keep_promises(workspace: Workspace) -> int:
    """Book what the welcome delivered; return how many promises were kept just now.

    A message keeps a promise if it went to the same person after it was made and names what was promised.
    """
    with workspace.database.read() as connection:
        owed = SqlPromises(connection).open()
    kept = 0
    for part in chunks(owed):
        with workspace.database.write() as connection:
            numbers = sorted({one.identifier_id for one in part})
            own, every = identifier.alias("own"), identifier.alias("every")
            rows = connection.execute(
                select(own.c.identifier_id, message.c.message_id, message.c.settled_at_us, message.c.content)
                .join(every, every.c.person_id == own.c.person_id)
                .join(message, message.c.identifier_id == every.c.identifier_id)
                .where(
                    own.c.identifier_id.in_(numbers), message.c.play == PLAY.name,
                    message.c.state == MessageState.SENT.value, message.c.settled_at_us.is_not(None),
                )
                .order_by(message.c.settled_at_us)
            ).all()  # fmt: skip
            store = SqlPromises(connection)
            for one in part:
                mark = f'"{DELIVERS}/{one.what}'[:100].encode()
                for number, message_id, at_us, content in rows:
                    if number == one.identifier_id and at_us >= one.promised_at_us and mark in bytes(content):
                        proof = f"message {id_text(bytes(message_id))}"
                        kept += store.keep(one.promise_id, at_us=at_us, proof=proof)
                        break
    return kept
