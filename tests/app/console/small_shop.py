"""A small shop that went through the real use cases: people, orders, relations, consents, plays, verdicts, messages."""

from datetime import UTC, datetime
from pathlib import Path

from siyu.app.campaigns.propose import propose
from siyu.app.clock import VirtualClock
from siyu.app.intake.set_aside import set_aside
from siyu.app.intake.understood import SetAside
from siyu.app.lake import flush
from siyu.app.measurement.measure import publish_rhythms
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.campaigns.play import plays
from siyu.kernel.period import DAY, HOUR, us_of
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

START_US = us_of(datetime(2026, 1, 5, 2, tzinfo=UTC))
NOW_US = START_US + 150 * DAY
PEOPLE = 90
SETTINGS = '[brand]\nname = "Willow Grocer 柳记"\ncurrency = "CNY"\nzone = "Asia/Shanghai"\n'
_SOURCES = ("", "", "live-code-7", "till-sign", "<img src=x onerror=alert(1)>")


def phone(number: int) -> str:
    """The phone number of a person."""
    return f"+8613800{number:06d}"


def build(folder: Path, *, flushed: bool = True) -> Workspace:
    """Make the shop and live through 150 days of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "siyu.toml").write_text(SETTINGS, "utf-8")
    workspace = open_workspace(folder, clock=VirtualClock(NOW_US))
    touches = [one for number in range(PEOPLE) for one in _life(number)]
    TakeIn(workspace).take(sorted(touches, key=lambda one: one.happened_at_us))
    if flushed:
        flush(workspace)
    publish_rhythms(workspace)
    propose(workspace, list(plays().values()), channel="wecom")
    judge_due(workspace)
    rows = [
        SetAside(
            line=4,
            heading="no amount",
            reason="amount: 'abc' is no amount of money",
            raw=b'{"phone": "13900000000", "amount": "abc"}',
        )
    ]
    set_aside(workspace, rows, source="orders-may.csv", mapping={"what": "orders", "preset": "none"})
    return workspace


def _life(number: int) -> list[Touch]:
    """One person: every 9 to 31 days an order, two in three added as a friend, most of them allow marketing."""
    who = (Identifier("phone", phone(number)), Identifier("member_no", f"M{number:05d}"))
    friend = Identifier("external_userid@ww1", f"wm{number:06d}abcd")
    at = START_US + (number * 37 % 60) * DAY + (number % 9) * HOUR
    found = [
        _touch(
            "store" if number % 4 else "douyin",
            TouchKind.VISIT,
            at,
            who[:1],
            f"visit-{number}",
            source=_SOURCES[number % 5],
        )
    ]
    if number % 3:
        found.append(
            _touch(
                "wecom",
                TouchKind.CONTACT_ADDED,
                at + HOUR,
                (friend, *who[:1]),
                f"add-{number}",
                staff="xiaoli",
                account="ww1",
            )
        )
        if number % 5:
            found.append(
                _touch("wecom", TouchKind.CONSENT_GIVEN, at + 2 * HOUR, (friend,), f"yes-{number}", account="ww1")
            )
        if number % 2:
            found.append(
                _touch(
                    "wecom",
                    TouchKind.MESSAGE_IN,
                    at + 3 * HOUR,
                    (friend,),
                    f"hi-{number}",
                    account="ww1",
                    staff="xiaoli",
                )
            )
        if number % 15 == 1:
            found.append(_touch("wecom", TouchKind.INVITE, at + 4 * HOUR, (friend,), f"invite-{number}", account="ww1"))
    gap = 9 + number % 23
    orders = 0 if number % 10 == 9 else 1 + number * 7 % 9
    for order in range(orders):
        when = at + (1 + order * gap) * DAY
        if when < NOW_US - (number % 3) * DAY:
            found.append(
                _touch(
                    "store",
                    TouchKind.ORDER_PAID,
                    when,
                    who,
                    f"order-{number}-{order}",
                    value=2_000 + number * 131 + order * 17,
                    account="till-1",
                )
            )
    return found


def _touch(
    channel: str,
    kind: TouchKind,
    at_us: int,
    who: tuple[Identifier, ...],
    key: str,
    *,
    value: int = 0,
    account: str = "",
    staff: str = "",
    source: str = "",
) -> Touch:
    return touch(
        channel,
        kind,
        happened_at_us=at_us,
        received_at_us=at_us,
        event_key=key,
        account=account,
        actors=who,
        staff=staff,
        source_code=source,
        value_minor=value,
    )
