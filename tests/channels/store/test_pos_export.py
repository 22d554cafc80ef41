"""A till's export of receipts, and scans of codes at tills, end as touches that say which store, till and clerk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from siyu.app.clock import VirtualClock
from siyu.app.intake.import_file import import_file
from siyu.app.intake.mapping import preset
from siyu.app.workspace import Workspace, open_workspace
from siyu.channels.store.codes import Till, till_code
from siyu.channels.store.mapping import touches_from_payload
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import us_of_text
from siyu.stores.sql.schema.touches import touch as touch_table
from siyu.touchpoints.kind import TouchKind

NOW_US = us_of_text("2026-11-22T12:00:00+08:00")
#: Two articles on one receipt, one given back, a void one, one that nobody owns, and a line of rubbish.
RECEIPTS = """小票号,销售时间,商品编码,数量,单价,实收金额,会员手机,会员号,门店编号,收银台,收银员,单据类型,原小票号
R1,2026-11-01 10:00:00,P1,1,100.00,90.00,13800138000,M1,S1,T2,王芳,销售,
R1,2026-11-01 10:00:00,P2,2,20.00,38.50,13800138000,M1,S1,T2,王芳,销售,
R2,2026/11/2 9:30,P2,-1,20.00,-19.25,13800138000,M1,S1,T1,李强,退货,R1
R3,2026-11-02 11:00:00,P1,1,100.00,100.00,13900139000,,S2,T1,王芳,作废,
R4,2026-11-02 12:00:00,P1,1,100.00,100.00,,,S2,T1,王芳,销售,
R5,某天,P1,1,100.00,100.00,13900139000,,S2,T1,王芳,销售,
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "w", clock=VirtualClock(NOW_US), create=True)
    yield opened
    opened.close()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_receipts_of_a_till_become_orders_of_a_store_a_clerk_and_a_person(
    workspace: Workspace, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "小票.csv"
    file.write_bytes(RECEIPTS.encode(encoding))
    done = import_file(workspace, "orders", file, mapping=preset("pos-receipts", "orders"))
    assert (done.rows, done.accepted, done.quarantined, done.skipped, done.people) == (6, 3, 2, 1, 1)
    assert import_file(workspace, "orders", file, mapping=preset("pos-receipts", "orders")).accepted == 0
    with workspace.database.read() as connection:
        kept = connection.execute(select(touch_table).order_by(touch_table.c.happened_at_us)).all()
    told = [(row.kind, row.about, row.value_minor, row.source_code, row.staff, row.channel) for row in kept]
    assert told == [
        (TouchKind.ORDER_PAID, "R1", 12_850, "S1", "王芳", "store"),
        (TouchKind.ORDER_REFUNDED, "R2", -1_925, "S1", "李强", "store"),
    ]


def test_a_scan_of_a_till_s_code_says_store_till_and_clerk() -> None:
    code = till_code(Till("S1", "T2"), key="k")
    scan = {"scanned_at": "2026-03-01 09:20:00", "code": code, "cashier": "c7", "member_no": "M1"}
    (found,) = touches_from_payload(scan, account="tea", received_at_us=NOW_US)
    assert (found.kind, found.source_code, found.staff) == (TouchKind.SCAN, "S1/T2", "c7")
    with pytest.raises(BadInputError, match="code"):
        touches_from_payload({**scan, "code": "poster-7"}, account="tea", received_at_us=NOW_US)
