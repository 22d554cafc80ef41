"""The store keeps its promises on both databases: one suite, run on SQLite and on PostgreSQL."""

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, select

from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.people.profile import Profile
from siyu.stores.sql.api_keys import ApiKey, SqlApiKeys
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.profiles import SqlProfiles
from siyu.stores.sql.quarantine import QuarantineRow, SqlQuarantine
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.touches import touch as touch_table
from siyu.stores.sql.spend import Spend, SqlSpend
from siyu.stores.sql.touch_log import SqlTouchLog
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

T0 = 1_790_000_000_000_000


@pytest.fixture
def workspace(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("SIYU_DATABASE_URL", database_url)
    opened = open_workspace(tmp_path / "w", create=True)
    yield opened
    opened.close()


def visit(n: int, who: str = "", kind: TouchKind = TouchKind.VISIT, **more: object) -> Touch:
    actors = (Identifier("customer_no", who),) if who else ()
    return touch("web", kind, happened_at_us=T0 + n, received_at_us=T0 + n, event_key=f"e{n}", actors=actors, **more)


def profile_of(workspace: Workspace, who: str) -> Profile:
    with workspace.database.read() as connection:
        key = workspace.vault.key_of(Identifier("customer_no", who))
        person = SqlIdentityStore(connection).lookup([key])[key].person_id
        return SqlProfiles(connection).of_people([person])[person]


def test_the_same_touches_again_count_once_and_it_is_said_which(workspace: Workspace) -> None:
    take_in = TakeIn(workspace)
    first = take_in.take([visit(n, "ann") for n in range(700)])
    assert (first.accepted, first.duplicates) == (700, 0)
    again = take_in.take([visit(1, "ann"), visit(900, "ann"), visit(900, "ann")])
    assert (again.accepted, again.duplicates, list(again.fresh)) == (1, 2, [False, True, False])
    with workspace.database.read() as connection:
        assert SqlTouchLog(connection).taken_in() == 701
        assert len(connection.execute(select(touch_table.c.seq)).all()) == 701


def test_every_column_of_a_touch_comes_back_as_it_went_in(workspace: Workspace) -> None:
    one = visit(
        5, "bea", TouchKind.ORDER_PAID, account="店铺", scene="store_till", source_code="c", content_id="d", staff="e",
        about="f", value_minor=-(2**61), currency="GBP", properties={"税": 1.5, "ok": True, "none": None},
    )  # fmt: skip
    TakeIn(workspace).take([one])
    with workspace.database.read() as connection:
        row = connection.execute(select(touch_table)).one()
    assert bytes(row.touch_id) == one.touch_id
    assert (row.channel, row.account, row.scene, row.staff, row.about) == ("web", "店铺", "store_till", "e", "f")
    assert (row.value_minor, row.currency, row.kind) == (-(2**61), "GBP", 51)
    assert bytes(row.properties) == '{"税":1.5,"ok":true,"none":null}'.encode()


def test_two_identifiers_in_one_touch_become_one_person(workspace: Workspace) -> None:
    both = touch(
        "web", TouchKind.FORM, happened_at_us=T0, received_at_us=T0,
        actors=(Identifier("customer_no", "cy"), Identifier("phone", "13800138000")),
    )  # fmt: skip
    TakeIn(workspace).take([visit(1, "cy"), visit(2, "dan"), both])
    with workspace.database.read() as connection:
        assert SqlIdentityStore(connection).people() == 2


def test_profiles_counted_later_are_the_profiles_counted_at_once(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(3)
    kinds = (TouchKind.VISIT, TouchKind.ORDER_PAID, TouchKind.ORDER_REFUNDED, TouchKind.COMPLAINT)
    batches = [
        [visit(100 * b + n, f"p{dice.randrange(5)}", dice.choice(kinds), value_minor=n) for n in range(60)]
        for b in range(4)
    ]
    later = TakeIn(workspace)
    for batch in batches[:2]:
        later.take(batch, count_now=False)
    TakeIn(workspace).take(batches[2])  # another door, which finds what the first has not counted yet
    later.take(batches[3], count_now=False)
    later.count_up()
    later.count_up()
    monkeypatch.delenv("SIYU_DATABASE_URL")
    at_once = open_workspace(tmp_path / "other", create=True)
    for batch in batches:
        TakeIn(at_once).take(batch)
    for number in range(5):
        assert profile_of(workspace, f"p{number}") == profile_of(at_once, f"p{number}")
    at_once.close()


def test_what_a_process_that_died_did_not_count_is_counted_by_the_next(workspace: Workspace) -> None:
    TakeIn(workspace).take([visit(n, "eve") for n in range(10)], count_now=False)
    TakeIn(workspace).count_up()
    TakeIn(workspace).take([visit(n, "eve") for n in range(12)])
    assert profile_of(workspace, "eve").touches == 12


def test_a_row_is_set_aside_once_and_marked_when_it_is_replayed(workspace: Workspace) -> None:
    rows = [QuarantineRow(bytes([n]) * 16, "f.csv", n, "bad_time", "why", b"x", "{}", T0) for n in range(1, 4)]
    with workspace.database.write() as connection:
        store = SqlQuarantine(connection)
        assert (store.add(rows), store.add(rows)) == (3, 0)
        assert store.counts() == [("f.csv", "bad_time", 3)]
        store.replayed([rows[1].quarantine_id], T0)
        assert [one.line for one in store.waiting()] == [1, 3]


def test_spend_of_a_day_that_is_restated_replaces_the_earlier_figure(workspace: Workspace) -> None:
    day = Spend(T0, "douyin_ads", "a", "c", "ad-1", "s", 1000, "CNY", clicks=7)
    with workspace.database.write() as connection:
        store = SqlSpend(connection)
        assert store.put([day], T0) == 1
        assert store.put([Spend(T0, "douyin_ads", "a", "c", "ad-1", "s", 1200, "CNY")], T0) == 0
        (there,) = store.between(T0, T0 + 1)
    assert (there.cost_minor, there.clicks) == (1200, None)


def test_a_revoked_key_is_not_found(workspace: Workspace) -> None:
    with workspace.database.write() as connection:
        keys = SqlApiKeys(connection)
        keys.add(ApiKey(b"\x01" * 32, "intake", "shop", T0))
        assert keys.find(b"\x01" * 32) is not None
        assert keys.revoke("010101", T0) == 1
        assert keys.find(b"\x01" * 32) is None


def numbers(workspace: Workspace) -> list[tuple[str, int]]:
    """Event and identifier of every touch in the log, and whether that identifier is there."""
    with workspace.database.read() as connection:
        return [
            (row.content_id, row.identifier_id)
            for row in connection.execute(select(touch_table).order_by(touch_table.c.seq))
        ]


def test_somebody_who_was_erased_elsewhere_is_not_remembered(workspace: Workspace) -> None:
    server = TakeIn(workspace)
    server.take([visit(1, "fay"), visit(2, "gus")])
    server.take([visit(3, "fay")])
    first = numbers(workspace)[0][1]
    with workspace.database.write() as connection:  # another process erases fay
        connection.execute(delete(identifier).where(identifier.c.identifier_id == first))
    server.take([visit(4, "fay"), visit(5, "gus")])
    with workspace.database.read() as connection:
        there = set(connection.execute(select(identifier.c.identifier_id)).scalars())
    assert {number for _, number in numbers(workspace)[-2:]} <= there
    key = workspace.vault.key_of(Identifier("customer_no", "fay"))
    with workspace.database.read() as connection:
        assert SqlIdentityStore(connection).lookup([key])[key].identifier_id == numbers(workspace)[-2][1]


def test_nobody_is_remembered_from_a_batch_that_failed(workspace: Workspace) -> None:
    server = TakeIn(workspace)
    torn = visit(1, "hal", value_minor=5)
    msgspec.structs.force_setattr(torn, "value_minor", object())
    with pytest.raises(Exception, match=r".") as caught:
        server.take([visit(2, "hal"), torn])
    assert not isinstance(caught.value, AssertionError)
    assert numbers(workspace) == []
    server.take([visit(3, "ida"), visit(4, "hal")])
    with workspace.database.read() as connection:
        for name, (_, number) in zip(("ida", "hal"), numbers(workspace), strict=True):
            key = workspace.vault.key_of(Identifier("customer_no", name))
            assert SqlIdentityStore(connection).lookup([key])[key].identifier_id == number


def test_doors_that_count_in_turn_never_count_one_touch_for_another(workspace: Workspace) -> None:
    server, other = TakeIn(workspace), TakeIn(workspace)
    server.count_up()
    server.take([visit(n, "joe") for n in range(5)], count_now=False)
    other.count_up()  # counts the five of joe
    other.take([visit(n, "kim") for n in range(10, 15)], count_now=False)
    server.count_up()  # has five in memory, and five are not counted: but others
    assert (profile_of(workspace, "joe").touches, profile_of(workspace, "kim").touches) == (5, 5)


def test_a_batch_of_old_and_new_among_thousands_is_told_apart(workspace: Workspace) -> None:
    server = TakeIn(workspace)
    server.take([visit(n, "lea") for n in range(0, 6_000, 3)])
    taken = server.take([visit(n, "lea") for n in range(6_000)])
    assert list(taken.fresh) == [n % 3 != 0 for n in range(6_000)]
    with workspace.database.read() as connection:
        assert SqlTouchLog(connection).taken_in() == 6_000
