"""The HTTP doors: keys, batches, rows that are wrong, errors as problem+json, the same batch twice."""

import base64
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.asgi_client import AsgiClient, asgi_client
from siyu.app.access.api_keys import make_key
from siyu.app.api import build
from siyu.app.clock import VirtualClock
from siyu.app.intake.quarantine import look, replay
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.period import us_of_text
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.schema.touches import touch as touch_table
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier

NOW = "2026-11-22T12:00:00+08:00"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "w", clock=VirtualClock(us_of_text(NOW)), create=True)
    yield opened
    opened.close()


@pytest.fixture
def client(workspace: Workspace) -> Iterator[AsgiClient]:
    with asgi_client(build(workspace)) as opened:
        opened.headers["x-api-key"] = make_key(workspace, "intake", "shop")
        yield opened


def one(n: int = 0, **more: object) -> dict[str, object]:
    who = [{"namespace": "customer_no", "value": f"c{n}"}]
    return {"channel": "web", "kind": "visit", "happened_at": NOW, "event_key": f"e{n}", "actors": who, **more}


def rows(workspace: Workspace) -> list[object]:
    with workspace.database.read() as connection:
        return list(connection.execute(select(touch_table).order_by(touch_table.c.seq)))


def test_a_batch_is_taken_and_the_same_batch_counts_once(client: AsgiClient, workspace: Workspace) -> None:
    batch = [one(n) for n in range(1000)]
    assert client.post("/v1/touches", json=batch).json() == {
        "accepted": 1000, "duplicates": 0, "quarantined": 0, "rows": [],
    }  # fmt: skip
    again = client.post("/v1/touches", json=[*batch[:2], one(5000)]).json()
    assert again["duplicates"] == 2
    assert again["rows"] == [{"row": 0, "result": "duplicate"}, {"row": 1, "result": "duplicate"}]
    assert len(rows(workspace)) == 1001


@pytest.mark.parametrize("zipped", [True, False])
def test_ndjson_and_gzip_are_understood(client: AsgiClient, workspace: Workspace, zipped: bool) -> None:
    body = "\n".join(json.dumps(one(n)) for n in range(3)).encode()
    headers = {"content-type": "application/x-ndjson"} | ({"content-encoding": "gzip"} if zipped else {})
    said = client.post("/v1/touches", content=gzip.compress(body) if zipped else body, headers=headers)
    assert said.json()["accepted"] == 3


@pytest.mark.parametrize(
    ("wrong", "heading"),
    [
        ({"kind": "dance"}, "bad_kind"),
        ({"happened_at": "yesterday"}, "bad_field"),
        ({"happened_at": "2026-11-22T12:00:00"}, "bad_field"),
        ({"happened_at_us": -5}, "bad_happened_at"),
        ({"happened_at_us": 10**18}, "bad_happened_at"),
        ({"channel": ""}, "bad_channel"),
        ({"channel": "x" * 65}, "bad_channel"),
        ({"colour": "red"}, "bad_field"),
        ({"currency": "yuan"}, "bad_field"),
        ({"value": "12.345"}, "bad_row"),
        ({"actors": [{"namespace": "phone", "value": ""}]}, "bad_actors"),
        ({"scene": "a\0b"}, "bad_json"),
        ({"value_minor": 2**63}, "bad_value_minor"),
    ],
)
def test_one_wrong_row_is_set_aside_and_the_others_are_taken(
    client: AsgiClient, workspace: Workspace, wrong: dict[str, object], heading: str
) -> None:
    said = client.post("/v1/touches", json=[one(1), one(2, **wrong), one(3)]).json()
    assert (said["accepted"], said["quarantined"]) == (2, 1)
    (row,) = said["rows"]
    assert (row["row"], row["result"], row["heading"]) == (1, "quarantined", heading)
    assert row["reason"]
    assert look(workspace)["by_heading"] == [{"source": "POST /v1/touches", "heading": heading, "rows": 1}]


def test_rows_from_http_are_replayed_when_they_are_understood_at_last(client: AsgiClient, workspace: Workspace) -> None:
    client.post("/v1/touches", json=[one(2, kind="dance")])
    assert replay(workspace) == {"read": 1, "understood": 0, "waiting": 1}


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"null", b"[]", b"\xff\xfe", b"[" + b"[" * 5000])
def test_a_body_that_is_no_batch_is_a_problem(client: AsgiClient, body: bytes) -> None:
    said = client.post("/v1/touches", content=body)
    assert said.status_code == 400
    assert said.headers["content-type"] == "application/problem+json"
    assert said.json()["status"] == 400


def test_more_than_a_thousand_are_refused_as_a_whole(client: AsgiClient, workspace: Workspace) -> None:
    assert client.post("/v1/touches", json=[one(n) for n in range(1001)]).status_code == 400
    assert rows(workspace) == []


def test_a_gzip_that_is_none_and_a_bomb_are_refused(client: AsgiClient) -> None:
    headers = {"content-encoding": "gzip"}
    assert client.post("/v1/touches", content=b"not gzip", headers=headers).status_code == 400
    bomb = gzip.compress(b"[" + b" " * (20 * 2**20) + b"]")
    assert client.post("/v1/touches", content=bomb, headers=headers).status_code == 400


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def test_a_key_is_needed_and_may_come_in_four_ways(client: AsgiClient, workspace: Workspace) -> None:
    key = client.headers.pop("x-api-key")
    path = "/v1/touches"
    assert client.post(path, json=[one()]).status_code == 401
    assert client.post(path, json=[one()], headers={"x-api-key": "siyu_wrong"}).status_code == 401
    assert client.post(path, json=[one()], headers={"authorization": "Basic ???"}).status_code == 401
    reader = make_key(workspace, "read")
    refused = client.post(path, json=[one()], headers={"x-api-key": reader})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="siyu"')
    for headers in ({"x-api-key": key}, {"authorization": f"Bearer {key}"}, basic(key)):
        assert client.post(path, json=[one()], headers=headers).status_code == 200
    assert client.post(f"{path}?token={key}", json=[one()]).status_code == 200
    assert client.post("/v1/track", json={"writeKey": key, "event": "x", "userId": "1"}).status_code == 200


def test_what_is_not_there_is_a_problem_too(client: AsgiClient) -> None:
    for said in (client.get("/v1/nothing"), client.get("/v1/touches")):
        assert said.headers["content-type"] == "application/problem+json"


def test_the_description_names_every_door(client: AsgiClient) -> None:
    described = client.get("/v1/openapi.json").json()
    assert {"/v1/touches", "/v1/batch", "/v1/track", "/v1/identify", "/sa"} <= described["paths"].keys()
    assert "WireTouch" in described["components"]["schemas"]


def test_an_order_of_segment_is_an_order(client: AsgiClient, workspace: Workspace) -> None:
    call = {
        "userId": "u1", "anonymousId": "a1", "event": "Order Completed", "messageId": "m1", "timestamp": NOW,
        "context": {"campaign": {"name": "double 11"}},
        "properties": {"order_id": "O-1", "revenue": 39.95, "currency": "USD", "email": "a@b.example", "coupon": "X"},
    }  # fmt: skip
    assert client.post("/v1/track", json=call).json()["accepted"] == 1
    assert client.post("/v1/batch", json={"batch": [{**call, "type": "track"}]}).json()["duplicates"] == 1
    (row,) = rows(workspace)
    assert (row.kind, row.value_minor, row.currency, row.about) == (TouchKind.ORDER_PAID, 3995, "USD", "O-1")
    assert (row.source_code, row.account) == ("double 11", "shop")
    assert b"b.example" not in bytes(row.properties)
    with workspace.database.read() as connection:
        names = (Identifier("customer_no", "u1"), Identifier("email", "a@b.example"))
        keys = [workspace.vault.key_of(name) for name in names]
        known = SqlIdentityStore(connection).lookup(keys)
    assert known[keys[0]].person_id == known[keys[1]].person_id


@pytest.mark.parametrize("name", ["identify", "page", "screen", "group", "alias"])
def test_every_call_of_segment_is_taken(client: AsgiClient, workspace: Workspace, name: str) -> None:
    call = {"userId": "u1", "groupId": "g", "previousId": "old", "traits": {"phone": "13800138000"}}
    assert client.post(f"/v1/{name}", json=call).json()["accepted"] == 1
    assert len(rows(workspace)) == 1


def test_a_wrong_call_in_a_batch_is_set_aside(client: AsgiClient, workspace: Workspace) -> None:
    batch = [{"type": "track", "event": "x", "userId": "1"}, {"type": "dance", "userId": "1"}, 7, {"type": "page"}]
    said = client.post("/v1/batch", json={"batch": batch}).json()
    assert (said["accepted"], said["quarantined"]) == (1, 3)
    assert replay(workspace)["waiting"] == 3


EVENT = {
    "type": "track", "event": "PayOrder", "distinct_id": "13a", "anonymous_id": "13a", "login_id": "u9",
    "time": 1_795_000_000_000, "lib": {"$lib": "js"}, "properties": {"order_amount": 12.5, "order_id": "7"},
}  # fmt: skip


def packed(value: object, *, zipped: bool) -> str:
    data = json.dumps(value).encode()
    return base64.b64encode(gzip.compress(data) if zipped else data).decode()


@pytest.mark.parametrize("zipped", [True, False])
def test_events_of_sensors_come_by_form_and_by_query(client: AsgiClient, workspace: Workspace, zipped: bool) -> None:
    key = client.headers["x-api-key"]
    form = {"data": packed(EVENT, zipped=zipped), "gzip": str(int(zipped))}
    assert client.post(f"/sa?project=default&token={key}", data=form).status_code == 200
    assert (
        client.get("/sa", params={**form, "project": "default"}).headers["content-type"] == "image/gif"
    )  # the same event again
    form = {"data_list": packed([EVENT, {**EVENT, "time": 1}], zipped=zipped), "gzip": str(int(zipped))}
    assert client.post("/sa?project=default", data=form).status_code == 200
    first, second = rows(workspace)
    assert (first.kind, first.value_minor, first.about, first.channel) == (TouchKind.ORDER_PAID, 1250, "7", "web")
    assert second.happened_at_us == 1000


@pytest.mark.parametrize("form", [{}, {"data": "!!!"}, {"data": base64.b64encode(b"no json").decode()}])
def test_a_form_that_holds_no_event_is_a_problem(client: AsgiClient, form: dict[str, str]) -> None:
    assert client.post("/sa", data=form).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"no json",
        b'[{"channel":"web","kind":"dance"}]',
        json.dumps([one(1), one(2, kind="dance"), one(1)]).encode(),
        json.dumps([one(n) for n in range(1001)]).encode(),
    ],
)
def test_the_short_way_in_answers_as_the_long_way(client: AsgiClient, body: bytes) -> None:
    key = client.headers["x-api-key"]
    client.post("/v1/touches", content=body)  # from now on what is in it is there already
    short = client.post("/v1/touches", content=body)
    del client.headers["x-api-key"]
    long = client.post(f"/v1/touches?token={key}", content=body)  # a key in the query goes through the frame
    assert (short.status_code, short.content) == (long.status_code, long.content)
    assert short.headers["content-type"] == long.headers["content-type"]


@pytest.mark.parametrize("media", ["application/x-ndjson", "Application/X-NDJSON", "application/jsonl; charset=utf-8"])
def test_lines_are_lines_however_their_media_type_is_written(client: AsgiClient, media: str) -> None:
    body = b"\n".join(json.dumps(one(n)).encode() for n in range(2))
    assert client.post("/v1/touches", content=body, headers={"content-type": media}).json()["accepted"] == 2


def test_a_body_beyond_the_limit_is_refused_on_either_way(client: AsgiClient) -> None:
    assert client.post("/v1/touches", content=b" " * (17 * 2**20)).status_code == 400
    assert client.post("/v1/touches", content=_chunks(17)).status_code == 400


async def _chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * 2**20
