"""Mass-send tasks that wait for staff, and what then arrives at whom: caps, lost friends, reminders, cancellation."""

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from siyu.sandbox.stage import Stage
from siyu.sandbox.wecom.customers import Customers
from siyu.sandbox.wecom.refusal import Json, Refused, page, text, texts

_CHINA = timedelta(hours=8)
WAITING, SENT, NOT_A_FRIEND, CAPPED = 0, 1, 2, 3


@dataclass(slots=True)
class Arrival:
    """Something that a customer or a group received.

    Attributes:
        kind: ``mass_send``, ``group_send``, ``welcome`` or ``kf``.
        at_us: When, on the sandbox's clock.
        task: The msgid, or the welcome code.
    """

    at_us: int
    recipient: str
    staff: str
    kind: str
    task: str
    text: str
    attachments: list[Any]


@dataclass(slots=True)
class StaffPart:
    """What one staff member has to send in one task."""

    recipients: list[str]
    sent_s: int = 0
    results: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Task:
    """One mass-send task."""

    msgid: str
    made_s: int
    groups: bool
    text: str
    attachments: list[Any]
    parts: dict[str, StaffPart]
    by_staff: bool = False
    cancelled: bool = False
    reminded_s: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Habit:
    """How staff behave when a task waits for them.

    Attributes:
        share: How many of the tasks a staff member confirms at all, in [0, 1].
        delay_s: From when to when after the task was made, seconds.
    """

    share: float = 0.0
    delay_s: tuple[float, float] = (0.0, 0.0)


class MassSend:
    """The tasks of the corp.

    Attributes:
        cap: ``month_days`` (as many a calendar month as it has days), ``week_7``, ``day_1`` or ``month_4`` (the
            rule before 2025-11-17); the month is China's.
    """

    def __init__(self, stage: Stage, customers: Customers) -> None:
        self._stage, self._customers = stage, customers
        self.tasks: dict[str, Task] = {}
        self.arrivals: list[Arrival] = []
        self.habit = Habit()
        self.cap = "month_days"
        self.owner_of: Callable[[str], str] = lambda _chat: ""
        self._counts: dict[tuple[str, str], int] = {}
        self._due: list[tuple[int, str, str]] = []

    # ---- what staff do -----------------------------------------------------------------------------------------------

    def confirm(self, msgid: str = "", staff: str = "") -> int:
        """Let staff confirm what waits: all, one task, or one staff member's; returns how many sends were made."""
        count = 0
        for task in [self.tasks[msgid]] if msgid else list(self.tasks.values()):
            for userid, part in task.parts.items():
                if not part.sent_s and not task.cancelled and staff in {"", userid}:
                    count += self._send(task, userid, part, self._stage.now_us())
        return count

    def confirm_later(self, msgid: str, staff: str, at_us: int) -> None:
        """Let a staff member confirm their part of a task at ``at_us``."""
        heappush(self._due, (at_us, msgid, staff))

    def send_by_hand(self, staff: str, recipients: list[str], words: str = "hello", *, groups: bool = False) -> str:
        """Let a staff member send to customers or groups of their own, past every program; returns the msgid."""
        msgid = f"msg{self._stage.random.getrandbits(96):024x}"
        part = StaffPart(list(recipients))
        task = Task(msgid, self._stage.now_s(), groups, words, [], {staff: part}, by_staff=True)
        self.tasks[msgid] = task
        self._send(task, staff, part, self._stage.now_us())
        return msgid

    def ripen(self) -> None:
        """Let the staff whose time has come confirm."""
        now_us = self._stage.now_us()
        while self._due and self._due[0][0] <= now_us:
            at_us, msgid, staff = heappop(self._due)
            task = self.tasks[msgid]
            part = task.parts[staff]
            if not part.sent_s and not task.cancelled:
                self._send(task, staff, part, at_us)

    def _send(self, task: Task, staff: str, part: StaffPart, at_us: int) -> int:
        at_s = part.sent_s = at_us // 1_000_000
        period, most = self._period(at_us)
        kind = "group_send" if task.groups else "mass_send"
        mine = self._customers.staff.get(staff, {})
        counts, results, count = self._counts, part.results, 0
        for recipient in part.recipients:
            if not task.groups and recipient not in mine:
                results[recipient] = (NOT_A_FRIEND, at_s)
                continue
            got = counts.get((recipient, period), 0)
            if got >= most:
                results[recipient] = (CAPPED, at_s)
                continue
            counts[recipient, period] = got + 1
            results[recipient] = (SENT, at_s)
            self.arrivals.append(Arrival(at_us, recipient, staff, kind, task.msgid, task.text, task.attachments))
            count += 1
        return count

    def _period(self, at_us: int) -> tuple[str, int]:
        day = datetime.fromtimestamp(at_us // 1_000_000, UTC) + _CHINA
        match self.cap:
            case "day_1":
                return f"{day:%Y-%m-%d}", 1
            case "week_7":
                return f"{day:%G-W%V}", 7
            case "month_4":
                return f"{day:%Y-%m}", 4
            case _:
                return f"{day:%Y-%m}", calendar.monthrange(day.year, day.month)[1]

    # ---- what the API answers ----------------------------------------------------------------------------------------

    def calls(self) -> dict[str, Callable[[Json], Json]]:
        """Return the API calls of this part, by path."""
        return {
            "externalcontact/add_msg_template": self._add,
            "externalcontact/get_groupmsg_list_v2": self._list,
            "externalcontact/get_groupmsg_task": self._staff_of,
            "externalcontact/get_groupmsg_send_result": self._results,
            "externalcontact/remind_groupmsg_send": self._remind,
            "externalcontact/cancel_groupmsg_send": self._cancel,
            "externalcontact/send_welcome_msg": self._welcome,
        }

    def _add(self, body: Json) -> Json:
        words, attachments = content_of(body)
        groups = body.get("chat_type", "single") == "group"
        sender = body.get("sender") or ""
        if not isinstance(sender, str) or (sender and sender not in self._customers.staff):
            raise Refused(40058, "invalid sender")
        failed: list[str] = []
        parts: dict[str, StaffPart] = {}
        for recipient, staff in self._wanted(body, sender, groups=groups):
            if not staff:
                failed.append(recipient)
            elif staff in parts:
                parts[staff].recipients.append(recipient)
            else:
                parts[staff] = StaffPart([recipient])
        if not parts:
            raise Refused(41048, "no customer to send")
        msgid = f"msg{self._stage.random.getrandbits(96):024x}"
        self.tasks[msgid] = Task(msgid, self._stage.now_s(), groups, words, attachments, parts)
        for staff in parts:
            if self._stage.random.random() < self.habit.share:
                delay_us = int(self._stage.random.uniform(*self.habit.delay_s) * 1_000_000)
                heappush(self._due, (self._stage.now_us() + delay_us, msgid, staff))
        return {"fail_list": failed, "msgid": msgid}

    def _wanted(self, body: Json, sender: str, *, groups: bool) -> Iterator[tuple[str, str]]:
        """Yield (recipient, staff who gets the task), with an empty staff for whom it cannot reach."""
        if groups:
            if not sender:
                raise Refused(40058, "sender is needed for groups")
            for chat in texts(body, "chat_id_list", most=2000):
                yield chat, sender if self.owner_of(chat) == sender else ""
            return
        wanted = dict.fromkeys(texts(body, "external_userid", most=10_000))
        if not wanted and not sender:
            raise Refused(40058, "external_userid and sender are both empty")
        mine = self._customers.staff.get(sender, {})
        if not wanted:
            for recipient in mine:
                yield recipient, sender
            return
        if sender:
            for recipient in wanted:
                yield recipient, sender if recipient in mine else ""
            return
        people = self._customers.people
        for recipient in wanted:
            customer = people.get(recipient)
            # Without a sender the staff member who last talked with the customer gets it; here: who was added last.
            yield recipient, next(reversed(customer.follows)) if customer and customer.follows else ""

    def _task(self, body: Json) -> Task:
        task = self.tasks.get(text(body, "msgid"))
        if task is None:
            raise Refused(41047, "invalid msgid")
        return task

    def _list(self, body: Json) -> Json:
        first, last = body.get("start_time"), body.get("end_time")
        if not isinstance(first, int) or not isinstance(last, int) or not 0 <= last - first <= 31 * 86_400:
            raise Refused(40058, "invalid start_time or end_time")
        groups = body.get("chat_type", "single") == "group"
        kinds = {0: {False}, 1: {True}}.get(body.get("filter_type", 2), {False, True})
        tasks = [
            one
            for one in self.tasks.values()
            if one.groups == groups and first <= one.made_s <= last and one.by_staff in kinds
        ]
        part, cursor = page(tasks, body, most=100)
        listed = [
            {
                "msgid": one.msgid,
                "create_time": one.made_s,
                "create_type": int(one.by_staff),
                **({"text": {"content": one.text}} if one.text else {}),
                "attachments": one.attachments,
            }
            for one in part
        ]
        return {"group_msg_list": listed, "next_cursor": cursor}

    def _staff_of(self, body: Json) -> Json:
        task = self._task(body)
        rows = [
            {"userid": staff, "status": 2, "send_time": part.sent_s} if part.sent_s else {"userid": staff, "status": 0}
            for staff, part in task.parts.items()
        ]
        rows, cursor = page(rows, body, most=1000)
        return {"task_list": rows, "next_cursor": cursor}

    def _results(self, body: Json) -> Json:
        task, staff = self._task(body), text(body, "userid")
        part = task.parts.get(staff)
        if part is None:
            raise Refused(40003, "invalid userid")
        recipients, cursor = page(part.recipients, body, most=1000)
        name = "chat_id" if task.groups else "external_userid"
        rows = []
        for recipient in recipients:
            status, at_s = part.results.get(recipient, (WAITING, 0))
            row: dict[str, Any] = {name: recipient, "userid": staff, "status": status}
            if at_s:
                row["send_time"] = at_s
            rows.append(row)
        return {"send_list": rows, "next_cursor": cursor}

    def _remind(self, body: Json) -> Json:
        task = self._task(body)
        if task.cancelled:
            raise Refused(41093, "mass send cancelled")
        now_s = self._stage.now_s()
        task.reminded_s = [one for one in task.reminded_s if now_s - one < 86_400]
        if len(task.reminded_s) >= 3:
            raise Refused(41094, "reminded too often")
        task.reminded_s.append(now_s)
        return {}

    def _cancel(self, body: Json) -> Json:
        task = self._task(body)
        if task.cancelled:
            raise Refused(41093, "mass send cancelled")
        task.cancelled = True
        return {}

    def _welcome(self, body: Json) -> Json:
        words, attachments = content_of(body)
        code = text(body, "welcome_code")
        customer, staff, ends_at_us = self._customers.welcome_codes.pop(code, ("", "", 0))
        now_us = self._stage.now_us()
        if now_us >= ends_at_us:
            raise Refused(41050, "welcome code bad or expired")
        if staff not in self._customers.people[customer].follows:
            raise Refused(41051, "customer and staff already chat, or are no friends")
        self.arrivals.append(Arrival(now_us, customer, staff, "welcome", code, words, attachments))
        return {}


def content_of(body: Json) -> tuple[str, list[Any]]:
    """Check text and attachments as the platform does; both may not be empty."""
    words = body.get("text") or {}
    content = words.get("content", "") if isinstance(words, dict) else None
    attachments = body.get("attachments") or []
    if not isinstance(content, str) or not isinstance(attachments, list):
        raise Refused(40058, "invalid text or attachments")
    if len(content.encode()) > 4000:
        raise Refused(40058, "text too long")
    if len(attachments) > 9:
        raise Refused(41064, "too many attachments")
    kinds = {"image", "link", "miniprogram", "video", "file"}
    if any(not isinstance(one, dict) or one.get("msgtype") not in kinds for one in attachments):
        raise Refused(41065, "invalid attachment")
    if not content and not attachments:
        raise Refused(40063, "text and attachments are both empty")
    return content, attachments
