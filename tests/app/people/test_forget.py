"""After an erasure no table of any room knows a number of the person; the books still add up."""

from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from siyu.app.clock import VirtualClock
from siyu.app.lake import flush
from siyu.app.people.forget import KEPT
from siyu.app.people.held import NOT_HANDED_OVER
from siyu.app.people.identity import find
from siyu.app.people.rights import erase, export
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.period import DAY
from siyu.loyalty.ledger import fund, problems_of
from siyu.loyalty.points import earn
from siyu.loyalty.rewards import Reward, promise
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.schema.base import metadata
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

_NOW = 1_781_056_800_000_000
_NAMES = ("identifier_id", "person_id", "left_id", "right_id", "inviter_id", "invitee_id", "was_person_id")


def _fill(workspace: Workspace, table: Table, number: int, other: int) -> None:
    """Put a row about the person into a table: every column has some value, and the person stands in every place."""
    with workspace.database.write() as connection:
        for place in [column for column in table.columns if column.name in _NAMES]:
            row: dict[str, Any] = {}
            for column in table.columns:
                if column.name in _NAMES:
                    row[column.name] = number if column is place else other
                elif column.autoincrement is True:
                    continue
                elif "BLOB" in str(column.type.compile()) or "BINARY" in str(column.type.compile()):
                    key = getattr(column.type, "length", None) == 16
                    row[column.name] = f"{place.name}/{table.name}".encode().ljust(16)[:16] if key else b"{}"
                elif column.type.python_type is str:
                    row[column.name] = "secret-of-the-person"[: getattr(column.type, "length", None) or 20]
                else:
                    row[column.name] = 1
            connection.execute(table.insert(), row)


def _numbers(workspace: Workspace, table: Table) -> set[int]:
    with workspace.database.read() as connection:
        columns = [column for column in table.columns if column.name in _NAMES]
        return {value for column in columns for value in connection.execute(select(column)).scalars()}


def test_no_table_of_any_room_knows_somebody_who_was_erased(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True)
    TakeIn(workspace).take([
        touch("store", TouchKind.ORDER_PAID, actors=(Identifier("member_no", name),), event_key=name,
              happened_at_us=_NOW - DAY, received_at_us=_NOW - DAY, value_minor=5)
        for name in ("a", "b")
    ])  # fmt: skip
    flush(workspace)
    with workspace.database.read() as connection:
        number, other = (find(workspace, f"member_no:{name}", connection)[0] for name in ("a", "b"))
    already = {"identifier", "vault", "vault_key", "profile", "touch"}
    tables = [table for table in metadata.sorted_tables if any(name in table.columns for name in _NAMES)]
    for table in tables:
        if table not in KEPT and table.name not in already:
            _fill(workspace, table, number, other)
    held = export(workspace, "member_no:a")["held"]
    for table in tables:
        if table not in KEPT and table.name not in {*already, *NOT_HANDED_OVER}:
            assert len(held[table.name]) == sum(name in table.columns for name in _NAMES), table.name
    with workspace.database.write() as connection:
        ledger = SqlLedger(connection)
        ledger.append([
            fund("spring", 1000, currency="CNY", at_us=_NOW, about="x"),
            earn(number, 50, at_us=_NOW, about="order secret-of-the-person"),
            earn(other, 70, at_us=_NOW, about="order 2"),
        ])  # fmt: skip
    proof = erase(workspace, "member_no:a")
    for table in tables:
        assert number not in _numbers(workspace, table), table.name
        if table.name not in {*already, "rehomed"}:  # settling the lake used those up
            counted = proof.rows.get(table.name, 0)
            assert counted, f"{table.name} is not in the proof"
    with workspace.database.read() as connection:
        ledger = SqlLedger(connection)
        entries = list(ledger.all())
        assert problems_of(entries) == []
        assert ledger.accounts([number]) == {}
        assert {place.identifier_id for place in ledger.accounts([other])} == {other}
        assert "secret-of-the-person" not in " ".join(one.about for one in entries)
        assert ledger.kept_balances() == ledger.totals()
        nobody = {place.identifier_id for place in ledger.totals()} - {0, other}
        assert len(nobody) == 1
        assert max(nobody) < 0, "a number that no identifier has"
    workspace.close()


def test_a_reward_that_waited_goes_back_to_its_budget(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True)
    TakeIn(workspace).take([
        touch("store", TouchKind.VISIT, actors=(Identifier("member_no", "a"),), event_key="1",
              happened_at_us=_NOW - DAY, received_at_us=_NOW - DAY)
    ])  # fmt: skip
    with workspace.database.write() as connection:
        number, _ = find(workspace, "member_no:a", connection)
        SqlLedger(connection).append([fund("spring", 1000, currency="CNY", at_us=_NOW, about="x")])
        SqlLedger(connection).append([promise(Reward("ab" * 16, "spring", number, 99, 300, "CNY", _NOW))])
    erase(workspace, "member_no:a")
    with workspace.database.read() as connection:
        kept = {place.account: amount for place, amount in SqlLedger(connection).kept_balances().items() if amount}
    assert kept == {"funding": -1000, "budget": 1000}
    workspace.close()
