"""Webhooks arrive until they are taken, with one id; tasks of staff are listed and booked."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from app.journeys.walked import NOW_US, happen, open_walked, published
from siyu.app.clock import VirtualClock
from siyu.app.journeys.call import call_due
from siyu.app.journeys.tasks import finish_task, open_tasks
from siyu.app.journeys.tick import tick
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import HOUR, MINUTE
from siyu.stores.sql.schema.people import relation
from siyu.touchpoints.kind import TouchKind

_TEXT = """
name: tells
entry: {touch: contact_added}
steps:
  - webhook: https://example.com/hook
  - ask: {text: call, within: 2h}
"""


@pytest.fixture
def walked(tmp_path: Path) -> Iterator[tuple[Workspace, VirtualClock]]:
    workspace, clock = open_walked(tmp_path, f"sqlite:///{tmp_path / 'siyu.db'}")
    published(workspace, _TEXT)
    happen(workspace, (4, TouchKind.CONTACT_ADDED))
    tick(workspace)
    yield workspace, clock
    workspace.close()


def test_a_call_is_made_again_until_it_is_taken_with_the_same_id(walked: tuple[Workspace, VirtualClock]) -> None:
    workspace, clock = walked
    heard: list[tuple[str, dict[str, object]]] = []

    def other_system(request: httpx.Request) -> httpx.Response:
        heard.append((request.headers["idempotency-key"], msgspec.json.decode(request.content)))
        return httpx.Response(503 if len(heard) == 1 else 200)

    with httpx.Client(transport=httpx.MockTransport(other_system)) as client:
        assert call_due(workspace, client=client).put_off == 1
        assert call_due(workspace, client=client).put_off == 0
        clock.advance_to(NOW_US + MINUTE)
        assert call_due(workspace, client=client).answered == 1
        clock.advance_to(NOW_US + 30 * HOUR)
        assert call_due(workspace, client=client).answered == 0
    assert len({key for key, _ in heard}) == 1
    assert heard[1][1] == {"id": heard[0][0], "journey": "tells", "step": "1-webhook", "person": 4, "at_us": NOW_US}


def test_a_call_that_is_refused_is_given_up(walked: tuple[Workspace, VirtualClock]) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(404))) as client:
        assert call_due(walked[0], client=client).given_up == 1


def test_a_task_is_for_whoever_has_the_relation_until_it_is_done(walked: tuple[Workspace, VirtualClock]) -> None:
    workspace, _ = walked
    with workspace.database.write() as connection:
        connection.execute(relation.insert(), {"identifier_id": 4, "channel": "wecom", "account": "corp",
                                               "staff": "anna", "since_us": 1, "source_code": ""})  # fmt: skip
    (task,) = open_tasks(workspace, staff="anna")
    assert (task.person_id, task.text, task.due_at_us) == (4, "call", NOW_US + 2 * HOUR)
    assert not open_tasks(workspace, staff="bob")
    finish_task(workspace, task.task_id.hex(), answer="all is well")
    assert not open_tasks(workspace)
    with pytest.raises(BadInputError, match="there is no task"):
        finish_task(workspace, "00" * 16)
