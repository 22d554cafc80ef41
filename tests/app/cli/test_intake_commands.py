"""`siyu key`, `siyu touch` and `siyu import`, run as people run them."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.cli.command_line import Siyu
from siyu.app.access.api_keys import INTAKE, READ, KeyRing
from siyu.app.workspace import open_workspace


def test_a_key_is_shown_once_opens_its_door_alone_and_can_be_revoked(siyu: Siyu) -> None:
    made = siyu.answered("key", "create", "--scope", "intake", "--label", "till-7")
    (listed,) = siyu.answered("key", "list")
    assert (listed["scope"], listed["label"], listed["revoked_at"]) == ("intake", "till-7", None)
    assert made["key"] not in json.dumps(listed)
    workspace = open_workspace(siyu.folder)
    assert KeyRing(workspace).opened_by(made["key"], INTAKE) is not None
    assert KeyRing(workspace).opened_by(made["key"], READ) is None
    assert siyu.answered("key", "revoke", listed["name"]) == {"revoked": 1}
    assert KeyRing(workspace).opened_by(made["key"], INTAKE) is None
    workspace.close()
    assert siyu.answered("key", "list")[0]["revoked_at"] is not None
    assert "no key that holds" in siyu.refused("key", "revoke", listed["name"])
    assert "too short" in siyu.refused("key", "revoke", "ab")
    assert "no scope" in siyu.refused("key", "create", "--scope", "everything")


def test_a_touch_by_hand_counts_once_and_is_listed_without_anything_personal(siyu: Siyu) -> None:
    words = (
        "touch", "add", "--kind", "order_paid", "--channel", "store", "--actor", "phone=13800138000",
        "--at", "2026-11-22T09:30:00+08:00", "--key", "r-1", "--value", "12.30", "--about", "O-1",
    )  # fmt: skip
    first, again = siyu.answered(*words), siyu.answered(*words)
    assert (first["accepted"], again["duplicates"]) == (1, 1)
    assert first["touch_id"] == again["touch_id"]
    (listed,) = siyu.answered("touch", "list")
    assert (listed["kind"], listed["value"], listed["about"]) == ("order_paid", "12.30", "O-1")
    assert listed["identifier"] > 0
    assert "13800138000" not in json.dumps(listed)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--kind", "dance"), "no kind"),
        (("--kind", "visit", "--actor", "phone"), "names nobody"),
        (("--kind", "visit", "--at", "yesterday"), "happened_at"),
    ],
)
def test_a_touch_by_hand_that_is_wrong_is_refused_in_one_line(siyu: Siyu, words: tuple[str, ...], says: str) -> None:
    assert says in siyu.refused("touch", "add", "--channel", "web", *words)


def test_touches_are_read_line_by_line_and_a_wrong_line_stops_no_other(
    siyu: Siyu, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = b'{"channel":"web","kind":"visit","happened_at":"2026-11-22T09:30:00+08:00","event_key":"a"}\n'
    lines = io.BytesIO(good + b"\nno json\n" + good)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=lines))
    said = siyu.answered("touch", "read")
    assert (said["accepted"], said["duplicates"]) == (1, 1)
    assert [(one["line"], one["heading"]) for one in said["wrong"]] == [(3, "bad_json")]


def test_every_kind_of_touch_has_a_number_and_a_chinese_name(siyu: Siyu) -> None:
    status, out, _ = siyu("touch", "kinds", "--json")
    kinds = json.loads(out)
    assert status == 0
    assert len({kind["number"] for kind in kinds}) == len(kinds)
    assert all(kind["chinese"] for kind in kinds)


def test_an_import_says_what_became_of_every_row_and_waits_with_the_wrong_ones(siyu: Siyu, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("order_id,customer_id,paid_at,amount\nA,1,2026-11-01,1.50\nB,1,2026-11-02,two\n", "utf-8")
    shown = siyu.answered("import", "orders", str(file), "--dry-run")
    assert shown["mapping"]["columns"]["order"] == "order_id"
    assert siyu.answered("touch", "list") == []
    done = siyu.answered("import", "orders", str(file))
    assert (done["rows"], done["accepted"], done["quarantined"], done["headings"]) == (2, 1, 1, {"bad_amount": 1})
    assert siyu.answered("import", "orders", str(file))["duplicates"] == 1
    waiting = siyu.answered("import", "quarantine")
    assert (waiting["waiting"], waiting["rows"][0]["line"]) == (1, 2)
    assert "row" not in waiting["rows"][0]
    assert "two" in siyu.answered("import", "quarantine", "--show")["rows"][0]["row"]
    assert siyu.answered("import", "quarantine", "--replay")["waiting"] == 1


def test_an_import_that_cannot_begin_makes_no_workspace(siyu: Siyu, tmp_path: Path) -> None:
    assert "no such file" in siyu.refused("import", "orders", str(tmp_path / "none.csv"))
    assert "at least one file" in siyu.refused("import", "orders")
    assert not siyu.folder.exists()


def test_presets_are_listed_with_source_and_date(siyu: Siyu) -> None:
    status, out, _ = siyu("import", "presets", "--json")
    assert status == 0
    assert {"online-retail", "cdnow"} <= {one["name"] for one in json.loads(out)}
    assert all(one["source"] and one["as_of"] for one in json.loads(out))
