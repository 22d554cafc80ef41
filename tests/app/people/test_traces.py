"""Rows that were set aside unread: which of them are somebody's."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from siyu.app.clock import VirtualClock
from siyu.app.intake.set_aside import set_aside
from siyu.app.intake.understood import SetAside
from siyu.app.people.traces import find_traces, goes_by
from siyu.app.workspace import Workspace, open_workspace

_NOW = 1_781_056_800_000_000
_FIELDS = [
    ("identifier", "138-1234-5678"), ("identifier", "M001"), ("identifier", "12"),
    ("identifier", "Ou.Yang@Example.com"), ("name", "欧阳梅梅"), ("address", "云锦路88号2栋1203"), ("city", "苏州"),
]  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True) as opened:
        yield opened


def _found(workspace: Workspace, raw: bytes) -> tuple[int, int]:
    """Set one row aside; return how many rows are the person's, and how many of these by name alone."""
    set_aside(workspace, [SetAside(1, "bad_row", "why", raw)], source="a.csv", mapping={"what": "orders"})
    traces = find_traces(workspace, goes_by(_FIELDS))
    return len(traces.quarantine), traces.by_name


@pytest.mark.parametrize(
    "row",
    [
        {"tel": "13812345678"}, {"tel": "+86 138 1234 5678"}, {"tel": "0086-138-1234-5678"},
        {"tel": "１３８１２３４５６７８"}, {"tel": "(138)1234.5678"}, {"note": "请打 138 1234 5678 谢谢"},
        {"mail": "OU.YANG@EXAMPLE.COM"},
        {"会员号": "m001"}, {"收货": "苏州 云锦路88号2栋1203 收"}, {"deep": [{"tel": "13812345678"}]},
    ],
)  # fmt: skip
def test_a_row_is_found_however_it_writes_what_the_person_goes_by(workspace: Workspace, row: dict[str, object]) -> None:
    assert _found(workspace, msgspec.json.encode(row)) == (1, 0)


@pytest.mark.parametrize(
    "raw", [b'{"buyer": "\xe6\xac\xa7\xe9\x98\xb3\xe6\xa2\x85\xe6\xa2\x85"}', "7,欧阳梅梅,12".encode()]
)
def test_a_row_with_the_name_and_nobodys_number_is_the_persons(workspace: Workspace, raw: bytes) -> None:
    assert _found(workspace, raw) == (1, 1)


@pytest.mark.parametrize(
    "row",
    [
        {"buyer": "欧阳梅梅", "tel": "13900001111"}, {"buyer": "欧阳梅梅", "mail": "another@example.com"},
        {"amount": "12"}, {"tel": "138123456789"}, {"tel": "9913812345678"}, {"city": "苏州"},
        {"note": "欧阳梅梅的朋友"},
        {"order": "AM0011"},
    ],
)  # fmt: skip
def test_a_row_of_somebody_else_stays(workspace: Workspace, row: dict[str, str]) -> None:
    assert _found(workspace, msgspec.json.encode(row)) == (0, 0)
