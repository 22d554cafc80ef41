"""The compliance report holds what the ledgers hold, of its period alone, and can be printed."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.shop import NOW_US, PlayedPlatform, contact, due_today, open_shop, says
from siyu.app.dispatch.brake_tasks import release
from siyu.app.oversight.refused import note_refused
from siyu.app.oversight.report import compliance
from siyu.app.oversight.report_page import html_page
from siyu.app.people.rights import export, receive
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR
from siyu.policy.reasons import braked
from siyu.stores.sql.pauses import SqlPauses
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import touch

_TODAY = date(2026, 6, 10)
_TOMORROW = date(2026, 6, 11)


def _a_day(folder: Path) -> Workspace:
    """Forty people are reminded; two withdraw, one complains, one asks for a copy, one for erasure."""
    workspace, clock = open_shop(folder)
    due_today(workspace, range(1, 41))
    senders = {("wecom", "corp"): PlayedPlatform()}
    turn(workspace, (), senders=senders)
    turn(workspace, (), senders=senders)
    clock.advance_to(NOW_US + HOUR)
    angry = touch(
        "wecom", TouchKind.COMPLAINT, account="corp", actors=(contact(9),), happened_at_us=NOW_US + HOUR // 2,
        received_at_us=NOW_US + HOUR // 2,
    )  # fmt: skip
    TakeIn(workspace).take([angry, *(says(one, yes=False, at_us=NOW_US + HOUR // 2) for one in (3, 4))])
    export(workspace, "member_no:5")
    receive(workspace, "erase", "member_no:6")
    with workspace.database.write() as connection:
        for what in ("staff:anna", "play:win_back"):
            why = braked("stop", bad=9, sent=40, usual=0.01)
            SqlPauses(connection).put(what, reason=why, now_us=clock.now_us())
    release(workspace, "staff:anna", by="ben", because="talked to <them>")
    note_refused(workspace, "bulk_add")
    note_refused(workspace, "bulk_add")
    return workspace


def test_a_period_is_told_as_the_ledgers_hold_it(tmp_path: Path) -> None:
    workspace = _a_day(tmp_path)
    found = compliance(workspace, _TODAY, _TOMORROW)
    sent = sum(one["messages"] for one in found.messages if one["state"] == "sent")
    assert sent > 0
    assert {(one["purpose"], one["channel"]) for one in found.messages} == {("marketing", "wecom")}
    assert sum(one["messages"] for one in found.messages) == sum(
        one["proposals"] for one in found.verdicts if one["verdict"] == "approved"
    )
    assert [(one["given"], one["withdrawn"]) for one in found.consents] == [(0, 2)]
    assert {one["kind"]: (one["asked"], one["in_time"], one["open"]) for one in found.rights} == {
        "export": (1, 1, 0),
        "erase": (1, 0, 1),
    }
    assert found.complaints == {"complaints": 1, "sent": sent, "per_1000": 1000 / sent}
    assert [one["source"] for one in found.braked] == ["play:win_back"]
    assert [(one["source"], one["by"]) for one in found.let_go] == [("staff:anna", "ben")]
    assert found.refused == [{"what": "bulk_add", "asks": 2, "proposals": 0}]
    (quota,) = found.quotas
    assert (quota["action"], quota["messages"], quota["most_to_one"], quota["allowed"]) == ("mass_send", sent, 1, 31)


def test_another_period_holds_nothing_of_it(tmp_path: Path) -> None:
    workspace = _a_day(tmp_path)
    before = compliance(workspace, date(2026, 6, 1), _TODAY)
    held = (before.messages, before.verdicts, before.consents, before.rights, before.let_go, before.refused)
    assert all(one == [] for one in (*held, before.quotas))
    assert before.complaints["per_1000"] is None
    with pytest.raises(BadInputError, match="the period is empty"):
        compliance(workspace, _TOMORROW, _TOMORROW)


def test_what_was_not_answered_in_time_is_overdue(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    due_today(workspace, range(1, 3))
    receive(workspace, "erase", "member_no:1")
    clock.advance_to(NOW_US + 90 * DAY)
    (one,) = compliance(workspace, _TODAY, _TOMORROW).rights
    assert (one["asked"], one["overdue"]) == (1, 1)


@pytest.mark.parametrize(("language", "title"), [("en", "Compliance report"), ("zh", "合规报告")])
def test_the_page_prints_and_takes_no_word_for_markup(tmp_path: Path, language: str, title: str) -> None:
    workspace = _a_day(tmp_path)
    report = compliance(workspace, _TODAY, _TOMORROW)
    page = html_page(
        report,
        brand="小鹿 <茶>",
        language="zh" if language == "zh" else "en",
        zone=ZoneInfo("Asia/Shanghai"),
    )
    assert title in page
    assert "小鹿 &lt;茶&gt;" in page
    rules = {one["rule"] for one in report.guards}
    assert rules
    assert not any(f">{one}<" in page for one in rules)  # by the names that people know
    assert "talked to &lt;them&gt;" in page
    assert "<script" not in page
    assert "http" not in page  # it needs nothing from elsewhere
    assert "@media print" in page
