"""``siyu staff`` over a played WeCom: what waits, who leaves, and how far their customers are on their way."""

import time
from pathlib import Path

from sqlalchemy import select

from app.cli.command_line import Siyu
from dispatch.market_stall import mass_send, open_stall
from siyu.app.channels.senders import open_senders
from siyu.app.clock import VirtualClock
from siyu.app.dispatch.carry_out import carry_out
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.kernel.period import DAY, HOUR
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.schema.people import relation
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch


def test_a_guide_leaves_what_waits_is_taken_back_and_the_customers_go_to_others(siyu: Siyu, tmp_path: Path) -> None:
    now_us = time.time_ns() // 1_000 // HOUR * HOUR  # the command line lives today; a full hour is never a quiet one
    workspace, _ = open_stall(tmp_path / "w", cap=9, people=range(0), clock=VirtualClock(now_us))
    siyu.folder = tmp_path / "w"
    staffed = {"anna": range(6), "ben": range(6, 9), "cleo": range(9, 10)}
    with Sandbox(seed=3, platforms=("wecom",)) as sandbox:
        corp = sandbox.platform("wecom")
        assert "0 accounts are connected on wecom" in siyu.refused("staff", "leave", "anna", "--to", "ben")
        with workspace.database.write() as connection:
            SqlAccounts(connection, workspace.vault).connect(sandbox.account("wecom"), now_us=now_us)
        corp.load_customers(
            [(f"wmCustomer{n}", staff, "") for staff, numbers in staffed.items() for n in numbers],
            since_s=now_us // 1_000_000 - 90 * 86_400,
        )
        TakeIn(workspace).take(
            [
                touch(
                    "wecom", kind, account=corp.account, staff=staff, happened_at_us=now_us - 80 * DAY,
                    actors=(Identifier(f"external_userid@{corp.account}", f"wmCustomer{n}"),),
                    received_at_us=now_us - 80 * DAY,
                )
                for staff, numbers in staffed.items()
                for n in numbers
                for kind in (TouchKind.CONTACT_ADDED, TouchKind.CONSENT_GIVEN, TouchKind.MESSAGE_IN)
            ]
        )  # fmt: skip
        with workspace.database.write() as connection:
            of_anna = connection.execute(select(relation.c.identifier_id).where(relation.c.staff == "anna")).scalars()
            wanted = [
                mass_send(one, play="win_back", now_us=now_us - HOUR, action="mass_send") for one in of_anna.all()
            ]
            SqlProposals(connection).add(wanted)
        assert judge_due(workspace).approved == 6
        assert carry_out(workspace, open_senders(workspace), channel="wecom") == 6
        tasks = siyu.answered("staff", "tasks")
        assert [(one["staff"], one["messages"], one["level"]) for one in tasks["tasks"]] == [("anna", 6, "waiting")]
        assert "no time to look back" in siyu.refused("staff", "tasks", "--days", "0")
        assert "say who takes over" in siyu.refused("staff", "leave", "anna", "--to", "anna")
        corp.hand_overs.leave_corp("anna")
        left = siyu.answered("staff", "leave", "anna", "--to", "ben", "--to", "cleo")
        assert (left["customers"], left["taken_back"], left["cancelled"]) == (6, 6, 0)
        assert left["given"] == {"ben": 2, "cleo": 4}  # ben had three, cleo one
        assert siyu.answered("staff", "tasks")["tasks"] == []
        status = siyu.answered("outbox", "status")
        assert status["messages"] == {"cancelled": 6}
        assert list(status["paused"]) == ["staff:anna"]
        far = siyu.answered("staff", "moving", "anna", "--to", "ben", "--to", "cleo")
        assert far == {"staff": "anna", "to": {"ben": {"waiting": 2}, "cleo": {"waiting": 4}}}
    workspace.close()
