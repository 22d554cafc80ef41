"""Whoever writes to SQLite takes turns."""

from pathlib import Path
from threading import Event, Thread

from siyu.stores.sql.database import Database


def test_who_writes_one_transaction_after_another_lets_those_go_first_who_wait(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'siyu.db'}")
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE done (who INTEGER)")
    begun, came_through, pause = Event(), Event(), Event()

    def writes_on() -> None:
        for _ in range(1_000):
            with database.write() as connection:
                connection.exec_driver_sql("INSERT INTO done VALUES (1)")
                begun.set()
                pause.wait(0.003)
            if came_through.is_set():
                return

    worker = Thread(target=writes_on)
    worker.start()
    begun.wait()
    with database.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM done").scalar_one()
    with database.write() as connection:
        passed = connection.exec_driver_sql("SELECT count(*) FROM done").scalar_one() - before
    came_through.set()
    worker.join()
    database.close()
    assert passed < 15


def test_a_store_that_is_thrown_away_waits_for_no_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'siyu.db'}")
    with database.write() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        connection.exec_driver_sql("CREATE TABLE done (who INTEGER)")
    database.hurry()
    with database.write() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 0
        connection.exec_driver_sql("INSERT INTO done VALUES (1)")
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM done").scalar_one() == 1
    database.close()


def test_the_log_is_put_away_while_somebody_writes_and_nobody_waits(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'siyu.db'}")
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE done (who BLOB)")
        connection.exec_driver_sql("INSERT INTO done VALUES (zeroblob(2000000))")
    before = (tmp_path / "siyu.db").stat().st_size
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO done VALUES (1)")
        database.put_away()
    assert before < 2_000_000 < (tmp_path / "siyu.db").stat().st_size
    database.close()
