"""A printed code over HTTP: leads on, remembers the visitor, writes the scan down, and answers without the store."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.asgi_client import asgi_client
from siyu.app.api import build
from siyu.app.api.codes import COOKIE
from siyu.app.clock import VirtualClock
from siyu.app.live_codes.desk import change_code
from siyu.app.live_codes.surroundings import set_down
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR, SECOND
from siyu.stores.sql.live_code import SqlLiveCodes
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

NOW = 20_000 * DAY + 4 * HOUR
WRITTEN: dict[str, Any] = {
    "code": "till",
    "bait": "tote bag",
    "content": "poster-3",
    "routes": [
        {"places": ["north"], "to": [{"name": "nora", "kind": "staff", "url": "https://a.b/nora"}]},
        {"to": [{"name": name, "kind": "staff", "url": f"https://a.b/{name}"} for name in ("ann", "bea")]},
    ],
    "fallback": {"name": "page", "url": "https://a.b/"},
}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def workspace(tmp_path: Path, clock: VirtualClock) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "w", clock=clock, create=True)
    change_code(opened, WRITTEN)
    yield opened
    opened.close()


def _scans(workspace: Workspace) -> list[Any]:
    with workspace.database.read() as connection:
        query = "SELECT identifier_id, source_code, content_id, staff, scene, properties FROM touch WHERE kind = :kind"
        return list(connection.execute(text(query), {"kind": int(TouchKind.SCAN)}))


_ALL = ("live_code", "live_code_group", "live_code_sent", "touch")


def _lose_the_store(workspace: Workspace, names: tuple[str, ...] = _ALL, *, back: bool = False) -> None:
    """Rename the tables that scans need: every statement on them fails, as with a store that is gone."""
    pairs = [(name, f"{name}_gone") for name in names]
    with workspace.database.write() as connection:
        for here, away in pairs:
            old, new = (away, here) if back else (here, away)
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def test_a_scan_leads_on_and_is_a_touch_with_source_bait_and_place(workspace: Workspace) -> None:
    with asgi_client(build(workspace)) as client:
        first = client.get("/c/till?place=north&scene=door")
        assert (first.status_code, first.headers["location"]) == (302, "https://a.b/nora")
        assert first.headers["cache-control"] == "no-store"
        assert "httponly" in first.headers["set-cookie"].lower()
        assert client.get("/c/nothing").status_code == 404
        assert client.get("/c/no%20code").status_code == 404
    (one,) = _scans(workspace)
    assert (one.source_code, one.content_id, one.staff, one.scene) == ("till", "poster-3", "nora", "door")
    assert b"tote bag" in bytes(one.properties)
    assert b"north" in bytes(one.properties)


def test_a_visitor_comes_back_to_the_same_guide_and_is_one_person(workspace: Workspace, clock: VirtualClock) -> None:
    app = build(workspace)
    with asgi_client(app) as client:
        led = {client.get("/c/till").headers["location"] for _ in range(4)}  # the client keeps its cookie
    assert len(led) == 1
    with asgi_client(build(workspace)) as client:
        bad = client.get("/c/till", headers={"cookie": f"{COOKIE}=<script>"})
        assert "<script>" not in bad.headers["set-cookie"]
    people = Counter(one.identifier_id for one in _scans(workspace))
    assert sorted(people.values()) in ([1, 4], [1, 1])  # the clock stands still: alike in every field is one touch


def test_a_change_by_another_process_is_followed_without_a_restart(workspace: Workspace, clock: VirtualClock) -> None:
    with asgi_client(build(workspace)) as client:
        client.get("/c/till")
        change_code(workspace, {**WRITTEN, "routes": []})
        clock.advance_to(NOW + 10 * SECOND)
        client.get("/c/till")
        for _ in range(50):
            client.headers["cookie"] = ""
            led = client.get("/c/till").headers["location"]
            if led == "https://a.b/":
                break
        assert led == "https://a.b/"


def test_without_the_store_the_last_known_routing_answers_and_nothing_is_lost(workspace: Workspace) -> None:
    with asgi_client(build(workspace)) as client:
        assert client.get("/c/till").status_code == 302
        _lose_the_store(workspace)
        down = [client.get("/c/till", headers={"cookie": ""}).headers["location"] for _ in range(3)]
        assert all(one.startswith("https://a.b/") for one in down)
        _lose_the_store(workspace, back=True)
        assert client.get("/c/till", headers={"cookie": ""}).status_code == 302
    with workspace.database.read() as connection:
        assert sum(SqlLiveCodes(connection).sent("till").values()) == 5
    assert len(_scans(workspace)) >= 2


def test_a_server_that_starts_without_the_store_answers_by_the_file(workspace: Workspace) -> None:
    _lose_the_store(workspace, _ALL[:3])
    app = build(workspace)
    with asgi_client(app) as client:
        assert client.get("/c/till?place=north").headers["location"] == "https://a.b/nora"
        assert client.get("/c/never").status_code == 503
        _lose_the_store(workspace, _ALL[:3], back=True)


def test_somebody_who_has_a_guide_is_led_to_that_guide_whatever_account_is_known(
    workspace: Workspace, clock: VirtualClock
) -> None:
    with asgi_client(build(workspace)) as client:
        first = client.get("/c/till")
        name = first.cookies[COOKIE]
        other = {"https://a.b/ann": "bea", "https://a.b/bea": "ann"}[first.headers["location"]]
        friend = Identifier("external_userid@c", "wmAAAAAA1")
        who = Identifier("anonymous_id", name)
        TakeIn(workspace).take(
            [
                touch(
                    "wecom",
                    TouchKind.CONTACT_ADDED,
                    happened_at_us=NOW,
                    received_at_us=NOW,
                    actors=(friend,),
                    staff=other,
                ),
                touch("web", TouchKind.VIEW, happened_at_us=NOW, received_at_us=NOW, actors=(who, friend)),
            ]
        )
        clock.advance_to(NOW + DAY)
        again = client.get("/c/till", headers={"cookie": f"{COOKIE}={name}"})
        assert again.headers["location"] == f"https://a.b/{other}"


def test_while_a_platform_is_said_to_be_down_scans_go_to_the_fallback(
    workspace: Workspace, clock: VirtualClock
) -> None:
    set_down(workspace, "staff", down=True, because="maintenance")
    with asgi_client(build(workspace)) as client:
        assert client.get("/c/till").headers["location"] == "https://a.b/"
    set_down(workspace, "staff", down=False)
    with asgi_client(build(workspace)) as client:
        assert client.get("/c/till").headers["location"] != "https://a.b/"
    with pytest.raises(BadInputError, match="no kind of target"):
        set_down(workspace, "page", down=True, because="x")
