"""Two processes that join the same people at once end with the same people as one process."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from siyu.people.joining import split_people
from siyu.people.ports import Link
from siyu.stores.sql.database import Database
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.schema.people import evidence, identifier

_NOW = 1_781_056_800_000_000
_NAMES = 40


def _key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def _join(url: str, pairs: Sequence[tuple[int, int]], source: int) -> None:
    database = Database(url)
    for place, (left, right) in enumerate(pairs):
        with database.write() as connection:
            said = Link(_key(left), _key(right), (source * 1000 + place).to_bytes(16, "big"), _NOW)
            SqlIdentityStore(connection).link([said])
    database.close()


@pytest.mark.postgres
def test_concurrent_merges_of_the_same_people_end_in_one_person(postgres_url: str) -> None:
    database = Database(postgres_url)
    database.migrate()
    with database.write() as connection:
        SqlIdentityStore(connection).add([(_key(number), "customer_no", _NOW) for number in range(_NAMES)])
    up = [(number, number + 1) for number in range(_NAMES - 1)]
    down = [(number, number + 2) for number in reversed(range(_NAMES - 2))]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(_join, [postgres_url] * 2, [up, down], [1, 2]))
    with database.read() as connection:
        rows = connection.execute(select(identifier)).all()
        said = connection.execute(select(evidence)).all()
    assert len({row.person_id for row in rows}) == 1
    links = [(row.left_id, row.right_id) for row in said if row.strength == "strong"]
    assert {row.identifier_id: row.person_id for row in rows} == split_people([r.identifier_id for r in rows], links)
    database.close()
