"""Files become orders, people, consents and spend; the same file again counts once; what is wrong is set aside."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from siyu.app.clock import VirtualClock
from siyu.app.intake.import_file import import_file
from siyu.app.intake.mapping import preset, preset_names, read_mapping
from siyu.app.intake.preview import preview
from siyu.app.intake.quarantine import look, replay
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, us_of_text
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.schema.touches import quarantine as quarantine_table
from siyu.stores.sql.schema.touches import touch as touch_table
from siyu.stores.sql.spend import SqlSpend
from siyu.stores.sql.vault_rows import SqlVault
from siyu.touchpoints.touch import Identifier

NOW_US = us_of_text("2026-11-22T12:00:00+08:00")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "w", clock=VirtualClock(NOW_US), create=True)
    yield opened
    opened.close()


def csv(folder: Path, text: str, name: str = "file.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def touches(workspace: Workspace) -> list[tuple[int, int, str, int]]:
    with workspace.database.read() as connection:
        rows = connection.execute(select(touch_table).order_by(touch_table.c.happened_at_us, touch_table.c.kind))
        return [(row.kind, row.value_minor, row.about, row.happened_at_us) for row in rows]


ORDERS = """订单编号,手机号,支付时间,实付金额,订单状态
A1,13800138000,2026-11-01 10:00:00,12.30,交易成功
A2,13800138001,2026-11-02 10:00:00,"¥1,000.00",交易成功
A2,13800138001,2026-11-02 10:00:00,0.01,交易成功
A3,,2026-11-02 11:00:00,5.00,交易成功
A4,13800138002,昨天,5.00,交易成功
A5,13800138002,2026-11-03 11:00:00,五元,交易成功
"""


def test_an_export_in_chinese_is_understood_without_a_mapping(workspace: Workspace, tmp_path: Path) -> None:
    done = import_file(workspace, "orders", csv(tmp_path, ORDERS, encoding="gb18030"))
    assert (done.rows, done.accepted, done.quarantined, done.orders, done.people) == (6, 3, 3, 2, 2)
    assert done.paid_minor == {"CNY": 1230 + 100001}
    assert done.headings == {"without_customer": 1, "bad_time": 1, "bad_amount": 1}
    assert touches(workspace)[0] == (51, 1230, "A1", us_of_text("2026-11-01T10:00:00+08:00"))


def test_the_same_file_under_another_name_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    first = import_file(workspace, "orders", csv(tmp_path, ORDERS))
    again = import_file(workspace, "orders", csv(tmp_path, ORDERS, "copy.csv"))
    assert (again.accepted, again.duplicates, again.quarantined) == (0, first.accepted, 3)
    assert len(touches(workspace)) == 2
    assert look(workspace)["waiting"] == 3


def test_an_import_that_was_broken_off_is_completed_by_the_next(workspace: Workspace, tmp_path: Path) -> None:
    rows = "".join(f"N{n},c{n},2026-11-01,1.00\n" for n in range(11_000))
    path = csv(tmp_path, "order_id,customer_id,date,amount\n" + rows)

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(workspace, "orders", path, progress=stop)
    assert len(touches(workspace)) == 10_000
    done = import_file(workspace, "orders", path)
    assert (done.accepted, done.duplicates, len(touches(workspace))) == (1_000, 10_000, 11_000)


def test_an_order_counts_whole_or_not_at_all(workspace: Workspace, tmp_path: Path) -> None:
    path = csv(tmp_path, "order_id,customer_id,date,amount\nB1,7,2026-11-01,1.00\nB1,7,2026-11-01,zwei\n")
    done = import_file(workspace, "orders", path)
    assert (done.accepted, done.quarantined) == (0, 2)
    assert done.headings == {"bad_amount": 1, "order_incomplete": 1}


def test_an_order_of_two_customers_is_nobodys(workspace: Workspace, tmp_path: Path) -> None:
    path = csv(tmp_path, "order_id,customer_id,date,amount\nB1,7,2026-11-01,1.00\nB1,8,2026-11-01,2.00\n")
    assert import_file(workspace, "orders", path).headings == {"two_customers": 2}


def test_quarantine_is_encrypted_and_shown_only_when_asked(workspace: Workspace, tmp_path: Path) -> None:
    import_file(workspace, "orders", csv(tmp_path, ORDERS))
    with workspace.database.read() as connection:
        raws = [bytes(row.raw) for row in connection.execute(select(quarantine_table))]
    assert not any(b"13800138002" in raw for raw in raws)
    shown = look(workspace, show=True)
    assert {row["line"] for row in shown["rows"]} == {4, 5, 6}
    assert "13800138002" in shown["rows"][1]["row"]
    assert "row" not in look(workspace)["rows"][0]


def test_rows_are_replayed_with_a_better_mapping(workspace: Workspace, tmp_path: Path) -> None:
    path = csv(tmp_path, "no,who,when,sum\nC1,7,01/02/2026,1.00\nC2,8,13/02/2026,2.00\n")
    bad = csv(tmp_path, MAPPING.replace("%d/%m/%Y", "%Y-%m-%d"), "bad.toml")
    good = csv(tmp_path, MAPPING, "good.toml")
    assert import_file(workspace, "orders", path, mapping=read_mapping(bad, "orders")).quarantined == 2
    assert replay(workspace) == {"read": 2, "understood": 0, "waiting": 2}
    assert replay(workspace, mapping=good) == {"read": 2, "understood": 2, "waiting": 0}
    assert replay(workspace, mapping=good)["read"] == 0
    assert touches(workspace)[0] == (51, 100, "C1", us_of_text("2026-02-01T00:00:00+08:00"))


def test_rows_that_stay_unclear_hold_up_no_others_of_a_replay(workspace: Workspace, tmp_path: Path) -> None:
    days = "order_id,customer_id,date,amount\nC1,7,2026-02-01,1.00\nC2,8,01/02/2026,2.00\n"
    import_file(workspace, "orders", csv(tmp_path, days, "a.csv"))
    later = csv(tmp_path, "order_id,customer_id,date,amount\nC3,9,2026-12-23,3.00\n", "b.csv")
    assert import_file(workspace, "orders", later).headings == {"in_the_future": 1}
    workspace.clock.advance_to(NOW_US + 40 * DAY)  # type: ignore[attr-defined]  a virtual clock
    assert replay(workspace) == {"read": 2, "understood": 1, "waiting": 1}


def test_consents_that_do_not_say_when_are_one_clear_error(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no column says when"):
        import_file(workspace, "consents", csv(tmp_path, "phone,purpose,granted\n13800138000,marketing,yes\n"))


@pytest.mark.parametrize("header", ["at", "when", "At", "发生时间"])
def test_short_words_for_the_moment_are_understood(workspace: Workspace, tmp_path: Path, header: str) -> None:
    path = csv(tmp_path, f"phone,purpose,granted,{header}\n13800138000,marketing,yes,2026-01-01\n")
    assert import_file(workspace, "consents", path).accepted == 1


MAPPING = """
what = "orders"
time_format = "%d/%m/%Y"
[columns]
order = "no"
at = "when"
amount = "sum"
[identifiers]
customer_no = "who"
"""


def test_day_and_month_that_cannot_be_told_apart_are_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    path = csv(tmp_path, "order_id,customer_id,date,amount\nC1,7,01/02/2026,1.00\n")
    with pytest.raises(BadInputError, match="day or month first"):
        import_file(workspace, "orders", path)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-22 09:30:00", "2026-11-22T09:30:00+08:00"),
        ("2026/11/22 09:30", "2026-11-22T09:30:00+08:00"),
        ("2026-11-22T09:30:00.250Z", "2026-11-22T09:30:00.250+00:00"),
        ("2026-11-22T09:30:00+02:00", "2026-11-22T09:30:00+02:00"),
        ("2026年11月22日 09:30", "2026-11-22T09:30:00+08:00"),
        ("22/11/2026 09:30", "2026-11-22T09:30:00+08:00"),
        ("11/22/2026", "2026-11-22T00:00:00+08:00"),
        ("20261122", "2026-11-22T00:00:00+08:00"),
        ("1795397400", "2026-11-23T01:30:00+00:00"),
        ("1795397400000", "2026-11-23T01:30:00+00:00"),
    ],
)
def test_moments_are_read_as_shops_write_them(workspace: Workspace, tmp_path: Path, written: str, meant: str) -> None:
    path = csv(tmp_path, f"order_id,customer_id,paid_at,amount\nC1,7,{written},1.00\n")
    assert import_file(workspace, "orders", path).accepted == 1
    assert touches(workspace)[0][3] == us_of_text(meant)


def test_a_column_that_is_not_there_is_named_with_those_that_are(workspace: Workspace, tmp_path: Path) -> None:
    path = csv(tmp_path, "a,b\n1,2\n")
    with pytest.raises(BadInputError, match=r"no column Invoice or InvoiceNo.*the file has: a, b"):
        import_file(workspace, "orders", path, mapping=preset("online-retail", "orders"))
    with pytest.raises(BadInputError, match="no column says who bought"):
        import_file(workspace, "orders", path)


def test_people_are_joined_and_their_names_go_to_the_vault(workspace: Workspace, tmp_path: Path) -> None:
    path = csv(tmp_path, "会员号,手机号,姓名,城市\nM1,13800138000,王芳,上海\nM2,13800138000,王小芳,上海\n,,nobody,\n")
    done = import_file(workspace, "people", path)
    assert (done.accepted, done.quarantined, done.people) == (2, 1, 1)
    assert import_file(workspace, "people", path).duplicates == 2
    with workspace.database.read() as connection:
        key = workspace.vault.key_of(Identifier("member_no", "M1"))
        person = SqlIdentityStore(connection).lookup([key])[key].person_id
        kept = SqlVault(connection, workspace.vault).of_people([person])[person]
        rows = connection.execute(select(touch_table.c.properties)).scalars().all()
    assert {value for _, field, value in kept if field == "name"} >= {"王芳"}
    assert not any("王芳".encode() in bytes(row) for row in rows)


def test_consents_reach_the_ledger(workspace: Workspace, tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "phone,purpose,granted,date\n13800138000,marketing,是,2026-01-01\n13800138000,marketing,no,2026-02-01\n13800138000,marketing,maybe,2026-02-01\n",
    )
    done = import_file(workspace, "consents", path)
    assert (done.accepted, done.headings) == (2, {"bad_granted": 1})
    with workspace.database.read() as connection:
        key = workspace.vault.key_of(Identifier("phone", "13800138000"))
        person = SqlIdentityStore(connection).lookup([key])[key].person_id
        ledger = SqlConsents(connection).of_people([person])[person]
    assert [one.granted for one in ledger] == [True, False]


def test_spend_of_a_day_counts_once(workspace: Workspace, tmp_path: Path) -> None:
    path = csv(tmp_path, "日期,广告计划,消耗,展示数,点击数\n2026-11-01,双11,100.50,1000,20\n2026-11-02,双11,abc,1,1\n")
    for accepted in (1, 0):
        done = import_file(workspace, "spend", path, fixed={"channel": "oceanengine"})
        assert (done.accepted, done.quarantined) == (accepted, 1)
    with workspace.database.read() as connection:
        (row,) = SqlSpend(connection).between(0, NOW_US)
    assert (row.cost_minor, row.campaign, row.impressions, row.channel) == (10050, "双11", 1000, "oceanengine")


def test_touches_come_from_a_table_or_in_the_form_of_the_api(workspace: Workspace, tmp_path: Path) -> None:
    table = csv(
        tmp_path, "事件,手机号,时间,渠道\n加好友,13800138000,2026-11-01,wecom\n添加好友,13800138000,2026-11-01,wecom\n"
    )
    done = import_file(workspace, "touches", table)
    assert (done.accepted, done.headings) == (1, {"bad_kind": 1})
    lines = (
        '{"channel":"web","kind":"visit","happened_at":"2026-11-01T00:00:00Z","actors":[{"namespace":"phone",'
        '"value":"13800138000"}],"properties":{"n":1}}\n{"channel":"web","kind":"visit"}\nno json\n'
    )
    done = import_file(workspace, "touches", csv(tmp_path, lines, "a.ndjson"))
    assert (done.accepted, done.quarantined) == (1, 2)


@pytest.mark.parametrize(
    ("written", "minor"),
    [("12,50", 1250), ("1.234,50", 123450), ("1,234.50", 123450), ("￥1,000", 100000), ("12元", 1200), ("1,2", 120)],
)
def test_a_comma_of_decimals_is_not_one_of_thousands(
    workspace: Workspace, tmp_path: Path, written: str, minor: int
) -> None:
    text = f"order;customer;date;amount\n1;c1;2025-01-02;{written}\n"
    assert import_file(workspace, "orders", csv(tmp_path, text)).paid_minor == {"CNY": minor}


def test_a_comma_that_parts_neither_is_set_aside(workspace: Workspace, tmp_path: Path) -> None:
    text = "order;customer;date;amount\n1;c1;2025-01-02;1,2345\n2;c1;2025-01-02;1,2,3\n3;c2;2025-01-02;5\n"
    done = import_file(workspace, "orders", csv(tmp_path, text))
    assert (done.paid_minor, done.headings) == ({"CNY": 500}, {"bad_amount": 2})


def test_a_part_of_a_piece_costs_its_part(workspace: Workspace, tmp_path: Path) -> None:
    text = "order,customer,date,quantity,price\n1,c1,2025-01-02,1.5,9.90\n"
    assert import_file(workspace, "orders", csv(tmp_path, text)).paid_minor == {"CNY": 1485}


def test_a_preview_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    shown = preview(workspace, "orders", csv(tmp_path, ORDERS), mapping=None, fixed={})
    assert shown["first"][0]["value"] == "12.30"
    assert shown["mapping"]["columns"]["order"] == "订单编号"
    assert touches(workspace) == []
    assert look(workspace)["waiting"] == 0


def test_every_preset_says_where_and_when_it_was_seen() -> None:
    for name in preset_names():
        one = preset(name, "orders")
        assert one.source
        assert one.as_of


def test_a_real_wholesaler_comes_out_to_the_row(workspace: Workspace, shared: Path) -> None:
    file = shared / "data/online_retail/online_retail_II_2009_2010.parquet"
    done = import_file(workspace, "orders", file, mapping=preset("online-retail", "orders"))
    assert done.rows == 525_461 == done.accepted + done.duplicates + done.quarantined
    assert (done.headings["without_customer"], done.headings["cancel_rows"]) == (107_927, 10_206)
    assert (done.headings["duplicate_rows"], done.quarantined) == (6_865, 107_927)
    assert (done.orders, done.refunds, done.people) == (19_213, 4_372, 4_383)
    assert look(workspace, limit=1)["waiting"] == 107_927


def test_cdnow_comes_out_to_the_day(workspace: Workspace, shared: Path) -> None:
    done = import_file(workspace, "orders", shared / "data/cdnow/CDNOW_master.txt", mapping=preset("cdnow", "orders"))
    assert (done.rows, done.orders, done.people) == (69_659, 67_591, 23_570)
    assert done.paid_minor == {"USD": 250_031_563}
