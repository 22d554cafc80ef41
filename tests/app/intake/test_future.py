"""A clock that is ahead: what has not happened yet is set aside at every door, and outvotes nothing."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from siyu.app.clock import VirtualClock
from siyu.app.intake.import_file import import_file
from siyu.app.intake.segment import touch_of_call
from siyu.app.intake.sensors import touch_of_event
from siyu.app.intake.wire_touch import touches_of
from siyu.app.people.consents import decide, history
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import HOUR, moment_of

_NOW = 1_781_056_800_000_000  # 2026-06-10


@pytest.mark.parametrize("key", ["", "e1"])
def test_a_touch_of_the_future_is_set_aside_and_a_clock_some_hours_ahead_is_forgiven(key: str) -> None:
    def said(at_us: int) -> bytes:
        row = {"channel": "store", "kind": "visit", "happened_at_us": at_us, "event_key": key,
               "actors": [{"namespace": "phone", "value": "13800138000"}]}  # fmt: skip
        return msgspec.json.encode([row])

    _, _, aside = touches_of(said(_NOW + 30 * HOUR), _NOW)
    assert [(one.heading, "lies in the future" in one.reason) for one in aside] == [("bad_happened_at", True)]
    touches, _, aside = touches_of(said(_NOW + 5 * HOUR), _NOW)
    assert (len(touches), aside) == (1, [])


def test_the_doors_of_other_trackers_refuse_it_too() -> None:
    later = moment_of(_NOW + 30 * HOUR).isoformat()
    call = {"type": "track", "event": "x", "userId": "7", "messageId": "m", "timestamp": later}
    with pytest.raises(BadInputError, match="future"):
        touch_of_call(call, received_at_us=_NOW, currency="CNY")
    event = {"type": "track", "event": "x", "distinct_id": "7", "time": (_NOW + 30 * HOUR) // 1000}
    with pytest.raises(BadInputError, match="future"):
        touch_of_event(event, received_at_us=_NOW, currency="CNY")


@pytest.mark.parametrize(
    ("what", "text", "heading"),
    [
        ("orders", "order no,phone,amount,date\n1,13800138000,5,2026-06-01\n2,138,5,2099-01-01", "in_the_future"),
        ("consents", "phone,purpose,granted,date,version,proof\n13800138000,marketing,yes,2099-01-01,v1,f", "bad_time"),
    ],
)  # fmt: skip
def test_rows_of_a_file_that_lie_in_the_future_are_set_aside(
    tmp_path: Path, what: Any, text: str, heading: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text)
    with open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True) as workspace:
        found = import_file(workspace, what, file)
        assert found.headings == {heading: 1}
        if what == "orders":
            decide(workspace, "phone:13800138000", "marketing", granted=False, channel="", text="", proof="")
            (allowed,) = history(workspace, "phone:13800138000")["allows"]
            assert not allowed["granted"]
