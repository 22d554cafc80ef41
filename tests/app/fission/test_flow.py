"""Whether asking has worn out, whether the words are new, and the way from being asked to bringing somebody."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import insert, select

from app.cli.command_line import Siyu
from app.fission.shop import START, Shop, shop
from siyu.app.fission.campaign import status
from siyu.app.fission.flow import fatigue_of
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.schema.acquire import invite_code
from siyu.stores.sql.schema.dispatch import message

PLAN: dict[str, Any] = {
    "name": "spring",
    "communication": {"variants": ["Bring a friend", "Who needs it?"]},
    "mechanism": {"stages": [{"retained": 1, "gives": "thanks"}]},
}
NOW = START + 100 * DAY


def _asked(one: Shop, code: str, at_us: int) -> None:
    """Put an ask that was sent into the outbox, as carrying out leaves it."""
    with one.workspace.database.write() as connection:
        number = connection.execute(select(invite_code.c.identifier_id).where(invite_code.c.code == code)).scalar_one()
        connection.execute(
            insert(message).values(
                message_id=f"{code} {at_us}".encode(), proposal_id=b"p", play="fission spring", identifier_id=number,
                channel="wecom", account="c", staff="s", action="mass_send", content=b"{}", state="sent", attempts=1,
                due_at_us=at_us, deadline_us=at_us, task="", settled_at_us=at_us, detail="",
            )
        )  # fmt: skip


def test_asking_that_brings_fewer_than_before_beyond_chance_is_worn_out(tmp_path: Path) -> None:
    with shop(tmp_path, PLAN) as one:
        for number in range(12):
            one.shows(f"w{number}", f"K{number}", START)
            _asked(one, f"K{number}", START + DAY)
            one.comes(f"f{number}", f"K{number}", START + 2 * DAY)
        one.clock.advance_to(NOW)
        with one.workspace.database.read() as connection:
            assert fatigue_of(connection, "spring", now_us=NOW)["alarm"] == ""
        for number in range(12):
            _asked(one, f"K{number}", NOW - 20 * DAY)
        _asked(one, "K0", NOW - DAY)  # too young to say anything
        found = status(one.workspace, "spring")
        assert (found["fatigue"]["asked_before"], found["fatigue"]["asked_lately"]) == (12, 12)
        assert found["fatigue"]["brought_somebody_before"].value == 1
        assert "worn out" in found["fatigue"]["alarm"]
        steps = {row["step"]: row["people"] for row in found["flow"]["inviters"]}
        assert steps == {"asked": 12, "took_a_code": 12, "brought_somebody": 12}
        assert found["flow"]["organic"]["invitees"] == 0
        one.shows("organic", "K99", START)
        one.comes("friend", "K99", START + HOUR)
        assert status(one.workspace, "spring")["flow"]["organic"]["invitees"] == 1


def test_words_of_another_campaign_are_named_and_findings_carry_their_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with shop(tmp_path, PLAN):
        pass
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump(PLAN | {"name": "summer"}, sort_keys=False), "utf-8")
    found = Siyu(tmp_path, capsys).answered("fission", "plan", str(file))
    reused = [one for one in found["findings"] if "were used in 'spring'" in one["what"]]
    assert [(one["where"], one["line"]) for one in reused] == [
        ("communication.variants[0]", 4), ("communication.variants[1]", 5),
    ]  # fmt: skip
    file.write_text("name: x\ncontrol:\n  ask_again_days: 2\ncommunication: {variants: [a]}\n", "utf-8")
    status_, _out, told = Siyu(tmp_path, capsys)("fission", "plan", str(file), "--workspace", str(tmp_path), "--json")
    assert (status_, "plan.yaml, line 3: control.ask_again_days" in told) == (2, True)
    file.write_bytes("name: 春季\ncommunication: {variants: [带朋友来, 需要吗]}\n".encode("gb18030"))
    assert Siyu(tmp_path, capsys).answered("fission", "plan", str(file))["campaign"] == "春季"
