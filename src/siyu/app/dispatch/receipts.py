"""Receipts (回执): kept once, in the outbox and as touches; what failed goes on by another channel."""

from collections.abc import Sequence
from typing import Final

from siyu.app.dispatch.choose_channel import fall_back
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.dispatch.message import TELLS_OF_LEADS, MessageState, Receipt
from siyu.policy.case import TO_GROUPS
from siyu.stores.sql.outbox import Claimed, SqlOutbox
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch, touch

#: What an ad platform is told, and what a group is told, is on nobody's timeline.
_OF_NOBODY: Final = TO_GROUPS | {TELLS_OF_LEADS}
#: Receipts that people see on their timeline.
AS_TOUCH: Final = {MessageState.SENT: TouchKind.MESSAGE_OUT, MessageState.FAILED: TouchKind.MESSAGE_FAILED}


def settle_claimed(workspace: Workspace, messages: Sequence[Claimed], receipts: Sequence[Receipt]) -> None:
    """Keep receipts; first as touches, whose ids are derived, so that dying in between counts nothing twice.

    What failed is proposed on the person's next channel in the same transaction: never both, and never neither.
    """
    by_id = {one.message_id: one for one in messages}
    ended = [one for one in receipts if one.state in AS_TOUCH and by_id[one.message_id].action not in _OF_NOBODY]
    if ended:
        now_us = workspace.clock.now_us()
        touches = [_touch(by_id[one.message_id], one, now_us) for one in ended]
        whose = (by_id[one.message_id].identifier_id for one in ended)
        TakeIn(workspace).take(touches, known=dict(zip((one.touch_id for one in touches), whose, strict=True)))
    with workspace.database.write() as connection:
        outbox = SqlOutbox(connection)
        failed = [one.message_id for one in receipts if one.state is MessageState.FAILED]
        open_still = outbox.hold_open(failed) if failed else ()
        outbox.settle(receipts)
        if open_still:
            fall_back(workspace, connection, [by_id[key] for key in open_still])


def _touch(message: Claimed, receipt: Receipt, now_us: int) -> Touch:
    return touch(
        message.channel,
        AS_TOUCH[receipt.state],
        event_key=message.message_id.hex(),
        account=message.account,
        staff=message.staff,
        about=message.message_id.hex(),
        content_id=message.piece.content_id,
        properties={"play": message.play},
        happened_at_us=receipt.at_us,
        received_at_us=now_us,
    )
