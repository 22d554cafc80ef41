"""What the workspace keeps on disk, and what it logs, holds no personal value in plain."""

import logging
from pathlib import Path

import pytest

from siyu.app.clock import VirtualClock
from siyu.app.lake import compact, flush
from siyu.app.people import identity
from siyu.app.people.portraits import learn
from siyu.app.people.rights import correct
from siyu.app.people.scores import publish_scores
from siyu.app.people.segments import refresh
from siyu.app.take_in import TakeIn
from siyu.app.views.person import person_page
from siyu.app.workspace import open_workspace
from siyu.kernel.period import DAY
from siyu.people.segment_language import read_segments
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

_NOW = 1_781_056_800_000_000
_PEOPLE = 60


def test_a_year_on_disk_and_in_logs_holds_no_personal_value(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    workspace = open_workspace(tmp_path / "ws", clock=VirtualClock(_NOW), create=True)
    door = TakeIn(workspace)
    personal: set[str] = set()
    touches = []
    kinds = [TouchKind.ORDER_PAID, TouchKind.MESSAGE_IN, TouchKind.CONSENT_GIVEN, TouchKind.CONTACT_ADDED]
    for person in range(_PEOPLE):
        phone, external = f"1380013{person:04d}", f"wmExternalUser{person:06d}"
        traits = {
            "name": f"王芳{person:05d}",
            "address": f"人民路{person:05d}号",
            "birthday": f"1990-05-{person % 28 + 1:02d}",
            "email": f"wang{person:05d}@example.com",
        }
        personal |= {phone, external, traits["name"], traits["address"], traits["email"]}
        actors = (Identifier("phone", phone), Identifier("external_userid@corp", external))
        touches += [
            touch("wecom", kinds[week % 4], actors=actors, event_key=f"{person}/{week}", account="corp",
                  happened_at_us=_NOW - (364 - 7 * week) * DAY, received_at_us=_NOW - (364 - 7 * week) * DAY,
                  value_minor=100, traits=traits if week == 0 else {})
            for week in range(52)
        ]  # fmt: skip
    for start in range(0, len(touches), 1000):
        door.take(touches[start : start + 1000])
    flush(workspace)
    compact(workspace)
    door.take([
        touch("wecom", TouchKind.MESSAGE_IN, actors=(Identifier("phone", "13800130001"),), event_key="late",
              happened_at_us=_NOW - DAY, received_at_us=_NOW - DAY)
    ])  # fmt: skip
    publish_scores(workspace)
    refresh(workspace, read_segments("name: buyers\nall:\n  - did: order_paid"))
    learn(workspace, "phone:13800130001", "city", "成都")
    correct(workspace, "phone:13800130001", "name", "王方00001")
    personal.add("王方00001")
    identity.split(workspace, "phone:13800130002")
    identity.merge(workspace, "phone:13800130002", "phone:13800130003")
    shown = str(person_page(workspace, identity.why(workspace, "phone:13800130001")["people"][0]))
    workspace.close()
    files = [file for file in workspace.folder.rglob("*") if file.is_file()]
    assert {".parquet", ".db"} <= {file.suffix for file in files}
    raw = b"".join(file.read_bytes() for file in files) + caplog.text.encode() + shown.encode()
    found = [value for value in personal if value.encode() in raw]
    assert found == []
    packed = b"".join(_parquet(file) for file in files if file.suffix == ".parquet")
    assert [value for value in personal if value.encode() in packed] == []


def _parquet(file: Path) -> bytes:
    """Return everything in a Parquet file as text, unpacked: a value inside a compressed page counts as well."""
    import pyarrow.parquet as pq  # noqa: PLC0415  only here

    return str(pq.read_table(file, partitioning=None).to_pydict()).encode()
