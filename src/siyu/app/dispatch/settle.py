"""Settle: learn the end of every message whose end is not known, from the platform or from a person."""

from dataclasses import dataclass

from siyu.app.channels.senders import open_senders
from siyu.app.dispatch.carry_out import look_up
from siyu.app.dispatch.receipts import settle_claimed
from siyu.app.workspace import Workspace
from siyu.dispatch.message import MessageState, Receipt
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_of_text
from siyu.stores.sql.outbox import SqlOutbox


@dataclass(frozen=True, slots=True)
class Settled:
    """How many messages came to their end, and how many of each state are left."""

    settled: int
    messages: dict[str, int]


def settle_all(workspace: Workspace) -> Settled:
    """Ask every connected platform."""
    senders = open_senders(workspace)
    done = sum(look_up(workspace, senders, channel=channel) for channel in sorted({name for name, _ in senders}))
    return Settled(done, _counts(workspace))


def settle_by_hand(workspace: Workspace, message: str, *, reached: bool) -> Settled:
    """Settle one message that is unknown, as a person found out.

    Raises:
        BadInputError: there is no such message, or its end is known or can be asked for.
    """
    with workspace.database.read() as connection:
        found = SqlOutbox(connection).of_id(id_of_text(message))
    if found is None:
        raise BadInputError(f"there is no message {message!r}")
    if found.state is not MessageState.UNKNOWN:
        raise BadInputError(
            f"message {message} is {found.state.value}", mend="only an unknown outcome is settled by hand"
        )
    state = MessageState.SENT if reached else MessageState.FAILED
    receipt = Receipt(found.message_id, state, found.task, workspace.clock.now_us(), "settled by hand")
    settle_claimed(workspace, [found], [receipt])
    return Settled(1, _counts(workspace))


def _counts(workspace: Workspace) -> dict[str, int]:
    with workspace.database.read() as connection:
        return SqlOutbox(connection).counts()
