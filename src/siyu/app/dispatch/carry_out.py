"""Carry out: hand approved messages to the platform once, and learn what became of them.

A message is claimed in a transaction of its own before the platform hears of it. If the process dies in between, the
message is found claimed; after ``LOST_AFTER`` it counts as unknown and is asked about, never sent again.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Final

from siyu.app.channels.senders import Senders
from siyu.app.dispatch.receipts import AS_TOUCH, settle_claimed
from siyu.app.log import get_logger
from siyu.app.policy.judge import judged_again
from siyu.app.workspace import Workspace
from siyu.channels.manifest import manifests
from siyu.dispatch.again import put_off
from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.kernel.errors import ConfigError, RetryLaterError, UnknownOutcomeError
from siyu.kernel.period import MINUTE
from siyu.stores.sql.outbox import Claimed, SqlOutbox
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.vault_rows import SqlVault

#: No hand-over takes so long: what is still claimed then was claimed by a process that died.
LOST_AFTER: Final = 5 * MINUTE
#: After an error of the set-up we try again so much later.
_MENDING_TAKES: Final = timedelta(minutes=10)
#: Messages claimed in one transaction.
BATCH: Final = 10_000
#: Messages asked about before what was learned is kept.
ASKED_AT_ONCE: Final = 1_000
_log = get_logger(__name__)


def carry_out(workspace: Workspace, senders: Senders, *, channel: str, batch: int = BATCH) -> int:
    """Hand over everything that is ready, ``batch`` messages at a time; return how many the platform took."""
    taken = 0
    with workspace.database.write() as connection:
        SqlOutbox(connection).expire(channel=channel, now_us=workspace.clock.now_us())
    while True:
        now_us = workspace.clock.now_us()
        with workspace.database.write() as connection:
            paused = SqlPauses(connection).all()
            claimed = judged_again(
                workspace,
                connection,
                SqlOutbox(connection).claim(channel=channel, now_us=now_us, most=batch, paused=paused),
                now_us=now_us,
            )
        if not claimed:
            return taken  # nothing is due, or the platform asked us to come back later
        receipts: list[Receipt] = []
        for _, part in groupby(sorted(claimed, key=_account), key=_account):
            receipts += _hand_over(workspace, senders, list(part))
        settle_claimed(workspace, claimed, receipts)
        taken += sum(one.state in {MessageState.AWAITING, MessageState.SENT} for one in receipts)


def look_up(workspace: Workspace, senders: Senders, *, channel: str, at_once: int = ASKED_AT_ONCE) -> int:
    """Ask the platform about every message whose end we do not know; return how many ended.

    Args:
        at_once: Messages asked about before what was learned is kept; whole tasks of the platform at least.
    """
    _find_lost(workspace, senders, channel=channel)
    open_states = (MessageState.AWAITING, MessageState.UNKNOWN)
    with workspace.database.read() as connection:
        waiting = SqlOutbox(connection).open(open_states, channel=channel, most=10 * BATCH)
    if not waiting:
        return 0
    ended = 0
    for account, group in groupby(sorted(waiting, key=_task), key=_account):
        if sender := senders.get((channel, account)):
            try:
                # each part is settled before the next is asked about: what was learned stays if the process dies
                for part in _whole_tasks(list(group), at_once):
                    names = _names_of(workspace, part)
                    asked = {one.message_id: (one.task, one.staff, names[one.identifier_id]) for one in part}
                    receipts = _put_off(sender.look_up(asked), part, workspace.clock.now_us())
                    settle_claimed(workspace, part, receipts)
                    ended += sum(one.state in AS_TOUCH for one in receipts)
            except (RetryLaterError, ConfigError, UnknownOutcomeError) as error:
                _log.info("cannot ask now", channel=channel, account=account, reason=str(error))
    return ended


def _whole_tasks(messages: Sequence[Claimed], at_once: int) -> Iterator[list[Claimed]]:
    """Cut messages that are in the order of their tasks into parts; a platform is asked about a task once."""
    part: list[Claimed] = []
    for _, group in groupby(messages, key=_task):
        part += group
        if len(part) >= at_once:
            yield part
            part = []
    if part:
        yield part


def _find_lost(workspace: Workspace, senders: Senders, *, channel: str) -> None:
    """Call unknown what was claimed long ago and has no receipt, and say what to look for."""
    now_us = workspace.clock.now_us()
    with workspace.database.read() as connection:
        claimed = SqlOutbox(connection).open((MessageState.CLAIMED,), channel=channel, most=10 * BATCH)
    lost = [one for one in claimed if (one.claimed_at_us or 0) <= now_us - LOST_AFTER]
    if lost:
        names = _names_of(workspace, lost)
        receipts = []
        for one in lost:
            sender = senders.get((channel, one.account))
            task = sender.lost_task(_outbound(one, names), one.claimed_at_us or now_us) if sender else ""
            receipts.append(Receipt(one.message_id, MessageState.UNKNOWN, task, now_us, "died while handing over"))
        settle_claimed(workspace, lost, receipts)


def _names_of(workspace: Workspace, messages: Sequence[Claimed]) -> dict[int, str]:
    """Read from the vault by which names platforms know those whom messages go to, by identifier."""
    with workspace.database.read() as connection:
        return SqlVault(connection, workspace.vault).identifiers(sorted({one.identifier_id for one in messages}))


def _outbound(one: Claimed, names: Mapping[int, str]) -> OutboundMessage:
    recipient = names[one.identifier_id]
    return OutboundMessage(one.message_id, one.channel, one.account, one.staff, recipient, one.action, one.piece)


def _hand_over(workspace: Workspace, senders: Senders, claimed: Sequence[Claimed]) -> Sequence[Receipt]:
    """Hand over messages of one account."""
    now_us = workspace.clock.now_us()
    first = claimed[0]
    sender = senders.get((first.channel, first.account))
    if sender is None:
        return _when_mended(claimed, f"the account {first.account!r} is not connected", now_us)
    names = _names_of(workspace, claimed)
    try:
        receipts: Sequence[Receipt] = sender.send([_outbound(one, names) for one in claimed])
    except ConfigError as error:
        return _when_mended(claimed, str(error), now_us)
    except RetryLaterError as error:
        again_us = now_us + error.retry_after // timedelta(microseconds=1)
        receipts = [
            Receipt(one.message_id, MessageState.READY, "", now_us, str(error), not_before_us=again_us)
            for one in claimed
        ]
    except UnknownOutcomeError as error:
        return [Receipt(one.message_id, MessageState.UNKNOWN, "", now_us, str(error)) for one in claimed]
    return _put_off(receipts, claimed, now_us)


def _when_mended(claimed: Sequence[Claimed], why: str, now_us: int) -> list[Receipt]:
    """Put messages back until somebody has mended the account; no try counts against them."""
    again_us = now_us + _MENDING_TAKES // timedelta(microseconds=1)
    return [Receipt(one.message_id, MessageState.READY, "", now_us, why, not_before_us=again_us) for one in claimed]


def _put_off(receipts: Sequence[Receipt], messages: Sequence[Claimed], now_us: int) -> list[Receipt]:
    """Let what was not taken wait; those that go out in one request come back together."""
    waiting = {one.message_id for one in receipts if one.state is MessageState.READY}
    tries = {one.message_id: (one.attempts, _together(one)) for one in messages if one.message_id in waiting}
    return put_off(receipts, tries, now_us=now_us)


def _together(one: Claimed) -> str:
    several = manifests()[one.channel].limit(f"{one.action}_recipients", "request")
    return f"{one.account} {one.staff}" if several else one.message_id.hex()


def _account(message: Claimed) -> str:
    return message.account


def _task(message: Claimed) -> tuple[str, str, str]:
    return (message.account, message.task, message.staff)
