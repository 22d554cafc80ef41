"""A real server process: clients nobody here wrote, a graceful stop, and kill -9 in the middle of intake."""

import json
import signal
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sensorsanalytics
from segment.analytics.client import Client

from app.api_served import Served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path / "w").start()
    yield server
    server.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests that leave it standing."""
    server = Served(tmp_path_factory.mktemp("standing") / "w").start()
    yield server
    server.stop(signal.SIGKILL)


def in_store(server: Served, columns: str = "kind, value_minor, about, properties") -> list[tuple[object, ...]]:
    with sqlite3.connect(server.folder / "siyu.db") as connection:
        found = connection.execute(f"SELECT {columns} FROM touch ORDER BY seq").fetchall()
    connection.close()
    return found


def test_the_sdk_of_segment_finds_its_events_in_the_store(standing: Served) -> None:
    before = len(in_store(standing))
    errors: list[object] = []
    client = Client(standing.key, host=standing.url, gzip=True, on_error=lambda error, _batch: errors.append(error))
    client.identify("user-1", {"email": "a@b.example", "plan": "gold"})
    client.track("user-1", "Order Completed", {"order_id": "S-1", "revenue": 19.9, "currency": "CNY"})
    client.page("user-1", "docs", "home", {"path": "/home"})
    client.flush()
    client.join()
    assert errors == []
    found = in_store(standing)[before:]
    assert [row[0] for row in found] == [120, 51, 31]
    assert found[1][1:3] == (1990, "S-1")
    assert json.loads(found[0][3])["plan"] == "gold"


def test_the_sdk_of_sensors_finds_its_events_in_the_store(standing: Served) -> None:
    before = len(in_store(standing))
    url = f"{standing.url}/sa?project=production&token={standing.key}"
    for consumer in (sensorsanalytics.DefaultConsumer(url), sensorsanalytics.BatchConsumer(url, max_size=2)):
        sdk = sensorsanalytics.SensorsAnalytics(consumer, "production", enable_time_free=True)
        who = type(consumer).__name__
        sdk.track(who, "ViewProduct", {"commodity_id": "P-1"}, is_login_id=True)
        sdk.track(who, "PayOrder", {"order_amount": 8.8, "order_id": f"N-{who}"}, is_login_id=True)
        sdk.track_signup(who, f"anonymous-{who}")
        sdk.profile_set(who, {"city": "上海"}, is_login_id=True)
        sdk.close()
    found = in_store(standing)[before:]
    assert [row[0] for row in found] == [21, 51, 66, 120] * 2
    assert {row[2] for row in found if row[0] == 51} == {"N-DefaultConsumer", "N-BatchConsumer"}


def test_a_stop_finishes_what_has_begun_and_counts_it(served: Served) -> None:
    batch = [touch(n) for n in range(500)]
    assert httpx.post(f"{served.url}/v1/touches", json=batch, headers={"x-api-key": served.key}).status_code == 200
    assert served.stop() == 0
    assert len(in_store(served)) == 500
    with sqlite3.connect(served.folder / "siyu.db") as connection:
        (counted,) = connection.execute("SELECT sum(touches) FROM profile").fetchone()
    connection.close()
    assert counted == 500


def touch(n: int) -> dict[str, object]:
    return {
        "channel": "web", "kind": "visit", "happened_at_us": 1_790_000_000_000_000 + n, "event_key": f"k{n}",
        "actors": [{"namespace": "customer_no", "value": f"c{n % 97}"}],
    }  # fmt: skip


BATCHES = 30  # of each shop, 50 touches each


class Shop(threading.Thread):
    """A client that sends batches until it has sent them all, and sends again what was not acknowledged."""

    def __init__(self, server: Served, number: int, batches: int) -> None:
        super().__init__()
        self.server, self.number = server, number
        self.left = [[touch((number * batches + batch) * 50 + n) for n in range(50)] for batch in range(batches)]
        self.acknowledged: list[str] = []
        self.broken = 0
        self.halfway = threading.Event()
        self.again = threading.Event()

    def run(self) -> None:
        with httpx.Client(timeout=120, headers={"x-api-key": self.server.key}) as client:
            self.send(client)

    def send(self, client: httpx.Client) -> None:
        everything = len(self.left)
        while self.left:
            batch = self.left[0]
            try:
                said = client.post(f"{self.server.url}/v1/touches", json=batch)
                said.raise_for_status()
            except httpx.HTTPError:
                self.broken += 1
                self.halfway.set()
                self.again.wait(300)
                continue
            self.acknowledged += [str(one["event_key"]) for one in batch]
            self.left.pop(0)
            if len(self.left) <= everything // 2:
                self.halfway.set()


def test_kill_nine_in_the_middle_loses_nothing_acknowledged_and_counts_nothing_twice(served: Served) -> None:
    shops = [Shop(served, number, BATCHES) for number in range(4)]
    for shop in shops:
        shop.start()
    shops[0].halfway.wait(300)
    served.stop(signal.SIGKILL)
    there = {bytes(row[0]) for row in in_store(served, "touch_id")}
    for shop in shops:
        shop.join(2)  # each has met the dead server, or finished
    acknowledged = sum(len(shop.acknowledged) for shop in shops)
    assert 0 < acknowledged < 4 * BATCHES * 50
    assert len(there) >= acknowledged
    served.start()
    for shop in shops:
        shop.again.set()
    for shop in shops:
        shop.join(300)
        assert not shop.left
    assert sum(shop.broken for shop in shops) > 0
    assert served.stop() == 0
    found = in_store(served, "touch_id, happened_at_us")
    assert len(found) == len({bytes(row[0]) for row in found}) == 4 * BATCHES * 50
    assert there <= {bytes(row[0]) for row in found}
    with sqlite3.connect(served.folder / "siyu.db") as connection:
        counted, people = connection.execute("SELECT sum(touches), count(*) FROM profile").fetchone()
    connection.close()
    assert (counted, people) == (4 * BATCHES * 50, 97)
