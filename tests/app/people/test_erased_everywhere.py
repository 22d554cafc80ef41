"""After an erasure nothing of the person is left: no table, no file of the lake, no log, no export, byte by byte."""

import logging
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from siyu.app.clock import VirtualClock
from siyu.app.intake.set_aside import set_aside
from siyu.app.intake.understood import SetAside
from siyu.app.lake import compact, flush
from siyu.app.people.identity import merge
from siyu.app.people.portraits import learn, tag
from siyu.app.people.rights import correct, erase, export, receive, requests
from siyu.app.people.scores import publish_scores
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.period import DAY
from siyu.stores.sql.live_code import SqlLiveCodes, group_of
from siyu.stores.sql.schema.base import metadata
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

_NOW = 1_781_056_800_000_000
#: Everything the person said or was called, and how it may be written elsewhere.
_PERSONAL = (
    "欧阳梅梅", "欧阳美美", "13812345678", "138-1234-5678", "ouyang.mm@example.com", "oUnionOuYang01",
    "cookie-ouyang-9f3", "云锦路88号2栋1203", "1987-03-21", "求链接我的猫叫团子",
)  # fmt: skip
_KEPT = ("李雷", "13900001111", "cookie-of-another")


def _touches() -> list[Touch]:
    phone, union = Identifier("phone", "13812345678"), Identifier("unionid@wxopen", "oUnionOuYang01")
    mail, cookie = Identifier("email", "ouyang.mm@example.com"), Identifier("anonymous_id", "cookie-ouyang-9f3")
    traits = {"name": "欧阳梅梅", "address": "云锦路88号2栋1203", "birthday": "1987-03-21", "city": "苏州"}
    more: list[dict[str, Any]] = [
        {"kind": TouchKind.CONTACT_ADDED, "actors": (phone, union), "traits": traits},
        {"kind": TouchKind.ORDER_PAID, "actors": (phone, mail), "value_minor": 900},
        {"kind": TouchKind.COMMENT, "actors": (union,), "properties": {"text": "求链接我的猫叫团子"}},
        {"kind": TouchKind.VISIT, "actors": (cookie,)},
        {"kind": TouchKind.ORDER_PAID, "actors": (Identifier("phone", "13900001111"),), "traits": {"name": "李雷"}},
    ]
    return [
        touch("wecom", event_key=str(number), account="corp", happened_at_us=_NOW - 9 * DAY + number,
              received_at_us=_NOW - 9 * DAY + number, **fields)
        for number, fields in enumerate(more)
    ]  # fmt: skip


def _everything(workspace: Workspace) -> str:
    """Return every cell of every table, opened where it was closed under the workspace's own key, as one text."""
    shown = []
    with workspace.database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                shown += [
                    bytes(value).decode("utf-8", "replace") if isinstance(value, (bytes, memoryview)) else str(value)
                    for value in row.values()
                ]
                if table.name == "quarantine":
                    shown.append(workspace.vault.decrypt_record(bytes(row["raw"])).decode())
    return "\n".join(shown)


def test_every_table_file_log_and_export_is_free_of_an_erased_person(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    workspace = open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True)
    door, touches = TakeIn(workspace), _touches()
    door.take(touches[:2])
    flush(workspace)
    compact(workspace)
    door.take(touches[2:])
    merge(workspace, "phone:13812345678", "anonymous_id:cookie-ouyang-9f3")
    correct(workspace, "phone:13812345678", "name", "欧阳美美")
    learn(workspace, "phone:13812345678", "province", "江苏")
    tag(workspace, "phone:13812345678", "猫主人")
    publish_scores(workspace)
    aside: list[dict[str, str]] = [
        {"手机号": "138-1234-5678", "金额": "12,5x"},
        {"电话": "+86 138 1234 5678"},
        {"电话": "００８６１３８１２３４５６７８"},
        {"mail": "OUYANG.MM@example.com"},
        {"买家姓名": "欧阳美美", "金额": "求链接"},  # the name alone
        {"手机号": "13900001111", "金额": "?"},
    ]
    set_aside(
        workspace, [SetAside(1, "bad_amount", "no amount", msgspec.json.encode(row)) for row in aside],
        source="old.csv", mapping={"what": "orders"},
    )  # fmt: skip
    with workspace.database.write() as connection:
        decisions = [
            ("poster", "anna", "turn", 1, "", "cookie-ouyang-9f3", _NOW),
            ("poster", "bea", "turn", 1, "", _KEPT[2], _NOW),
        ]
        SqlLiveCodes(connection).keep([group_of(b"g" * 16, decisions, [1, 1])])
    receive(workspace, "erase", "phone:13812345678")
    before = _everything(workspace)
    for value in ("cookie-ouyang-9f3", "138-1234-5678", "求链接我的猫叫团子"):
        assert value in before, "the test sees nothing"
    assert "13812345678" in str(export(workspace, "phone:13812345678"))
    proof = erase(workspace, "phone:13812345678")
    assert (proof.rows["quarantine"], proof.rows["quarantine_by_name"], proof.rows["live_code_group"]) == (5, 1, 1)
    after = _everything(workspace) + caplog.text + str(requests(workspace)) + str(proof)
    assert [value for value in _PERSONAL if value in after] == []
    assert _KEPT[1] in after, "another person's row was set aside and must stay"
    assert _KEPT[2] in after, "another person's scan must stay"
    closed = [one for one in requests(workspace) if one["kind"] == "erase"]
    assert len(closed) == 1
    assert closed[0]["done_at_us"] == _NOW
    assert closed[0]["proof"]["keys_destroyed"] == proof.keys_destroyed >= 4
    workspace.close()
    files = [file for file in workspace.folder.rglob("*") if file.is_file()]
    raw = b"".join(file.read_bytes() for file in files)
    assert [value for value in _PERSONAL if value.encode() in raw] == []
    packed = "".join(
        str(pq.read_table(one, partitioning=None).to_pydict()) for one in files if one.suffix == ".parquet"
    )
    assert [value for value in _PERSONAL if value in packed] == []
