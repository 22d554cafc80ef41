"""Two processes that join the same people at once end with the same people as one process."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from sqlalchemy import select

from siyu.people.joining import split_people
from siyu.stores.sql.database import Database
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.schema.people import evidence, identifier
from stores.sql.joiner import NOW_US, come, join, key

_NAMES = 40


@pytest.mark.postgres
def test_merges_of_the_same_people_from_two_processes_end_in_one_person(postgres_url: str) -> None:
    database = Database(postgres_url)
    database.migrate()
    with database.write() as connection:
        SqlIdentityStore(connection).add([(key(number), "customer_no", NOW_US) for number in range(_NAMES)])
    up = [(number, number + 1) for number in range(_NAMES - 1)]
    down = [(number, number + 2) for number in reversed(range(_NAMES - 2))]
    context = get_context("spawn")
    with ProcessPoolExecutor(2, context, initializer=come, initargs=(context.Barrier(2),)) as pool:
        processes = list(pool.map(join, [postgres_url] * 2, [up, down], [1, 2]))
    assert len({*processes, os.getpid()}) == 3
    with database.read() as connection:
        rows = connection.execute(select(identifier)).all()
        said = connection.execute(select(evidence)).all()
    database.close()
    assert len({row.person_id for row in rows}) == 1
    links = [(row.left_id, row.right_id) for row in said if row.strength == "strong"]
    assert len(links) == len(up) + len(down)
    assert {row.identifier_id: row.person_id for row in rows} == split_people([r.identifier_id for r in rows], links)
