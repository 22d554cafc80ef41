"""Many rows in few statements, on every database."""

from collections.abc import Iterator

import pytest

from siyu.kernel.ids import time_ordered_id
from siyu.stores.sql.bulk import insert_rows, select_close, select_in
from siyu.stores.sql.database import Database
from siyu.stores.sql.schema.dispatch import reminder
from siyu.stores.sql.schema.people import identifier

NOW_US = 1_781_056_800_000_000
NUMBERS = range(1, 701)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    opened.migrate()
    yield opened
    opened.close()


def test_what_is_read_in_ranges_is_what_was_asked_for(database: Database) -> None:
    """Numbers without a gap, with gaps, far apart, and all of these in one question."""
    rows = [(number, time_ordered_id(NOW_US, str(number)), "member_no", number, NOW_US) for number in NUMBERS]
    names = ("identifier_id", "key", "namespace", "person_id", "first_seen_at_us")
    with database.write() as connection:
        insert_rows(connection, identifier, names, rows)
    mixed = [*range(1, 301), *range(301, 500, 2), *range(500, 701, 20)]
    text = "SELECT namespace, identifier_id FROM identifier WHERE namespace = {} AND identifier_id"
    with database.read() as connection:
        for keys in (
            [],
            [7],
            list(range(1, 601)),
            list(range(1, 701, 2)),
            list(range(1, 701, 9)),
            mixed,
            [*mixed, 9999],
        ):
            found = select_close(connection, text, keys, "bigint", given=("member_no",), at=1)
            asked = list(select_in(connection, text, keys, "bigint", given=("member_no",)))
            assert sorted(found) == sorted(asked) == [("member_no", key) for key in keys if key in NUMBERS]


def test_what_rows_have_alike_is_said_once(database: Database) -> None:
    tasks = [(f"task {number}",) for number in range(300)]
    with database.write() as connection:
        for _ in range(2):
            insert_rows(
                connection, reminder, ("at_us", "task"), tasks, alike=(NOW_US,),
                then="ON CONFLICT (task, at_us) DO NOTHING",
            )  # fmt: skip
        found = connection.exec_driver_sql("SELECT task, at_us FROM reminder").fetchall()
    assert sorted(found) == sorted((task, NOW_US) for (task,) in tasks)
