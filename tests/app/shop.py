"""A small shop for tests: customers who buy every week, a guide they added, and a platform that is only played."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from siyu.app.clock import VirtualClock
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.kernel.errors import UnknownOutcomeError
from siyu.kernel.period import DAY, HOUR
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

#: 2026-06-10 10:00 in Shanghai.
NOW_US = 1_781_056_800_000_000
WEEKS = 10


def member(number: int) -> Identifier:
    return Identifier("member_no", str(number))


def contact(number: int) -> Identifier:
    return Identifier("external_userid@corp", f"wm{number}")


def order(number: int, at_us: int, value_minor: int = 5_000) -> Touch:
    return touch(
        "store",
        TouchKind.ORDER_PAID,
        actors=(member(number),),
        event_key=f"{number}/{at_us}",
        value_minor=value_minor,
        happened_at_us=at_us,
        received_at_us=at_us,
    )


def added(number: int, at_us: int = NOW_US - 80 * DAY) -> Touch:
    return touch(
        "wecom",
        TouchKind.CONTACT_ADDED,
        account="corp",
        actors=(contact(number), member(number)),
        staff="anna",
        happened_at_us=at_us,
        received_at_us=at_us,
    )


def says(number: int, *, yes: bool, at_us: int = NOW_US - 80 * DAY) -> Touch:
    kind = TouchKind.CONSENT_GIVEN if yes else TouchKind.CONSENT_WITHDRAWN
    return touch("wecom", kind, account="corp", actors=(contact(number),), happened_at_us=at_us, received_at_us=at_us)


def weekly_buyer(number: int, *, last_us: int) -> list[Touch]:
    """Ten weekly orders, the last at ``last_us``; added the guide; agreed to marketing."""
    orders = [order(number, last_us - week * 7 * DAY) for week in range(WEEKS)]
    return [*orders, added(number), says(number, yes=True)]


def open_shop(
    folder: Path, *, holdout: float = 0.0, cap: int = 2, database_url: str = "", policy: str = ""
) -> tuple[Workspace, VirtualClock]:
    folder.mkdir(exist_ok=True)
    (folder / "siyu.toml").write_text(
        f'database_url = "{database_url}"\n[policy]\nholdout_share = {holdout}\ncap = {cap}\n{policy}', "utf-8"
    )
    clock = VirtualClock(NOW_US)
    return open_workspace(folder, clock=clock), clock


def due_today(workspace: Workspace, people: range) -> None:
    """Let people be due for a replenishment reminder now: they bought a week ago."""
    touches = [one for number in people for one in weekly_buyer(number, last_us=NOW_US - 7 * DAY + HOUR)]
    TakeIn(workspace).take(touches)


class PlayedPlatform:
    """A ``dispatch.ports.Sender`` that keeps what reached whom.

    Attributes:
        loses_answers: The next hand-over takes effect, and its answer is lost.
        dies: The next hand-over takes effect, and then our process dies.
    """

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.loses_answers = False
        self.dies = False
        self._tasks: dict[bytes, str] = {}

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        self.reached += [one.recipient for one in messages]
        self._tasks.update({one.message_id: f"task-{one.message_id.hex()}" for one in messages})
        if self.dies:
            raise KeyboardInterrupt
        if self.loses_answers:
            self.loses_answers = False
            raise UnknownOutcomeError("the line broke")
        return [Receipt(one.message_id, MessageState.AWAITING, self._tasks[one.message_id], NOW_US) for one in messages]

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        return [
            Receipt(message_id, MessageState.SENT, self._tasks[message_id], NOW_US)
            for message_id in tasks
            if message_id in self._tasks
        ]

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:
        return f"lost-{message.message_id.hex()}-{claimed_at_us}"
