"""Staff tasks (员工任务): what a platform wants a person to confirm; reminders for the late, back with the too late."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from siyu.app.channels.senders import Senders
from siyu.app.workspace import Workspace
from siyu.dispatch.message import MessageState, Receipt
from siyu.dispatch.ports import Reminder
from siyu.kernel.errors import SiyuError
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.outbox import ASK, SqlOutbox
from siyu.stores.sql.reminders import SqlReminders
from siyu.stores.sql.schema.dispatch import message

#: House rules: remind after so long, again after so long, at most so often in a day (WeCom itself takes three).
REMIND_AFTER: Final = 4 * HOUR
REMIND_AGAIN_AFTER: Final = 8 * HOUR
REMINDERS_A_DAY: Final = 2
#: Whoever is reminded so often and does not answer is somebody else's business: the task is shown as escalated.
ESCALATED_AFTER: Final = 2


@dataclass(frozen=True, slots=True)
class StaffTask:
    """Messages that wait for one staff member.

    Attributes:
        messages: How many.
        since_us: When they were handed over; ``deadline_us``: when the first of them makes no sense any more.
        due_us: When the house wants them confirmed; the first reminder comes then.
        reminders: How often the staff member was reminded.
        level: ``waiting``, ``late`` (after ``due_us``), or ``escalated``: reminded in vain, or the deadline is near; a
            person in charge should look.
    """

    channel: str
    account: str
    staff: str
    task: str
    messages: int
    since_us: int
    due_us: int
    deadline_us: int
    reminders: int
    level: str


def staff_tasks(workspace: Workspace) -> list[StaffTask]:
    """Return what waits for staff, the most urgent first."""
    now_us = workspace.clock.now_us()
    columns = (message.c.channel, message.c.account, message.c.staff, message.c.task)
    with workspace.database.read() as connection:
        rows = connection.execute(
            select(*columns, func.count(), func.min(message.c.claimed_at_us), func.min(message.c.deadline_us))
            .where(message.c.todo == ASK, message.c.state == MessageState.AWAITING.value)
            .group_by(*columns)
            .order_by(func.min(message.c.deadline_us), *columns)
        ).all()
        reminded = SqlReminders(connection).since(min((row[5] for row in rows), default=now_us))
    found = []
    for channel, account, staff, task, messages, since_us, deadline_us in rows:
        moments, due_us = reminded.get(task, ()), since_us + REMIND_AFTER
        in_vain = len(moments) >= ESCALATED_AFTER and now_us >= max(moments) + REMIND_AFTER
        if in_vain or now_us >= max(due_us, deadline_us - REMIND_AFTER):
            level = "escalated"
        else:
            level = "late" if now_us >= due_us else "waiting"
        found.append(
            StaffTask(channel, account, staff, task, messages, since_us, due_us, deadline_us, len(moments), level)
        )
    return found


@dataclass(frozen=True, slots=True)
class StaffResult:
    """What became of the messages that one staff member was given.

    Attributes:
        given: Handed over in the days asked for; the others say how many of them stand where.
    """

    channel: str
    account: str
    staff: str
    given: int
    sent: int
    waiting: int
    failed: int
    taken_back: int


def staff_results(workspace: Workspace, *, days: int = 7) -> list[StaffResult]:
    """Return each staff member's results of the last ``days`` days."""
    columns = (message.c.channel, message.c.account, message.c.staff)
    counted: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    with workspace.database.read() as connection:
        for *who, state, count in connection.execute(
            select(*columns, message.c.state, func.count())
            .where(message.c.claimed_at_us >= workspace.clock.now_us() - days * DAY, message.c.staff != "")
            .group_by(*columns, message.c.state)
        ):
            counted[who[0], who[1], who[2]][state] += count
    return [
        StaffResult(*who, ends.total(), ends["sent"], ends["awaiting"], ends["failed"], ends["cancelled"])
        for who, ends in sorted(counted.items())
    ]


@dataclass(frozen=True, slots=True)
class Chased:
    """What chasing did: tasks reminded of, and messages taken back because their deadline passed."""

    reminded: int
    taken_back: int


def chase(workspace: Workspace, senders: Senders) -> Chased:
    """Remind staff who are late, and take back what is past its deadline."""
    now_us = workspace.clock.now_us()
    tasks: dict[tuple[str, str, str], list[StaffTask]] = defaultdict(list)
    for one in staff_tasks(workspace):
        tasks[one.channel, one.account, one.task].append(one)
    with workspace.database.read() as connection:
        reminded = SqlReminders(connection).since(now_us - DAY)
    reminders = taken_back = 0
    for (channel, account, task), parts in tasks.items():
        sender = senders.get((channel, account))
        if not isinstance(sender, Reminder):
            continue
        latest = max(reminded.get(task, ()), default=0)
        since_us = min(part.since_us for part in parts)
        try:
            if min(part.deadline_us for part in parts) < now_us:
                sender.cancel(task)
                taken_back += _take_back(workspace, channel, task, now_us, "not confirmed before its deadline")
            elif (
                now_us >= since_us + REMIND_AFTER
                and now_us >= latest + REMIND_AGAIN_AFTER
                and len(reminded.get(task, ())) < REMINDERS_A_DAY
            ):
                sender.remind(task)
                reminders += 1
                with workspace.database.write() as connection:
                    SqlReminders(connection).add(task, at_us=now_us)
        except SiyuError:
            continue  # the platform does not take it now; the task stays in the list, where a person sees it
    return Chased(reminders, taken_back)


def take_back_from(workspace: Workspace, senders: Senders, staff: str, *, channel: str, account: str) -> int:
    """Take back what waits for one staff member; return how many messages.

    What the platform does not take back now stays in the list, where a person sees it.
    """
    sender, taken_back = senders.get((channel, account)), 0
    if not isinstance(sender, Reminder):
        return 0
    for one in staff_tasks(workspace):
        if (one.channel, one.account, one.staff) == (channel, account, staff):
            try:
                sender.cancel(one.task)
            except SiyuError:
                continue
            taken_back += _take_back(workspace, channel, one.task, workspace.clock.now_us(), f"{staff} left")
    return taken_back


def _take_back(workspace: Workspace, channel: str, task: str, now_us: int, why: str) -> int:
    with workspace.database.write() as connection:
        outbox = SqlOutbox(connection)
        waiting = [
            one for one in outbox.open((MessageState.AWAITING,), channel=channel, most=100_000) if one.task == task
        ]
        outbox.settle([Receipt(one.message_id, MessageState.CANCELLED, task, now_us, why) for one in waiting])
    return len(waiting)
