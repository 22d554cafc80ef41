"""Answers of a survey go somewhere: low ones to a person with a due time, high ones to a later question."""

from pathlib import Path

from sqlalchemy import select

from app.shop import NOW_US, contact, open_shop, weekly_buyer
from siyu.app.journeys.publish import publish
from siyu.app.journeys.tasks import open_tasks
from siyu.app.journeys.tick import tick
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch, touch

_JOURNEY = Path(__file__).resolve().parents[3] / "docs" / "journeys" / "feedback.yaml"
_LOW, _HIGH, _MIDDLE, _SILENT = range(1, 5)


def _said(kind: TouchKind, number: int, at_us: int, content_id: str = "") -> Touch:
    return touch(
        "wecom", kind, account="corp", actors=(contact(number),), event_key=f"{kind} {number}", content_id=content_id,
        happened_at_us=at_us, received_at_us=at_us,
    )  # fmt: skip


def _proposed(workspace: Workspace) -> list[tuple[int, str]]:
    query = select(identifier.c.person_id, proposal.c.content).join(
        identifier, identifier.c.identifier_id == proposal.c.identifier_id
    )
    with workspace.database.read() as connection:
        return sorted((person, bytes(content).decode()) for person, content in connection.execute(query))


def test_answers_of_a_survey_are_routed_and_silence_is_left_in_peace(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path, policy='holdout_salt = "nobody of these four is held out"\n')
    take_in = TakeIn(workspace)
    numbers = (_LOW, _HIGH, _MIDDLE, _SILENT)
    for number in numbers:  # one after the other, so that persons are numbered as they are here
        take_in.take(weekly_buyer(number, last_us=NOW_US - 3 * DAY))
    with workspace.database.read() as connection:
        rows = connection.execute(select(identifier.c.key, identifier.c.person_id)).all()
    by_key = {bytes(key): person for key, person in rows}
    person_of = {number: by_key[workspace.vault.key_of(contact(number))] for number in numbers}
    publish(workspace, _JOURNEY.read_text("utf-8"))
    tick(workspace)
    take_in.take([_said(TouchKind.ORDER_RECEIVED, number, NOW_US) for number in numbers])
    tick(workspace)

    asked_us = NOW_US + 10 * DAY + HOUR
    clock.advance_to(asked_us)
    tick(workspace)
    assert [person for person, text in _proposed(workspace) if "打几分" in text] == sorted(person_of.values())

    answers = ((_LOW, "feedback/1"), (_HIGH, "feedback/5"), (_MIDDLE, "feedback/3"))
    clock.advance_to(asked_us + HOUR)
    take_in.take([_said(TouchKind.SURVEY, number, asked_us + HOUR, content) for number, content in answers])
    tick(workspace)
    (task,) = open_tasks(workspace)
    assert (task.person_id, task.staff, task.due_at_us) == (person_of[_LOW], ("anna",), asked_us + HOUR + DAY)
    assert "低分" in task.text

    for day in (8, 15, 40):
        clock.advance_to(asked_us + day * DAY)
        tick(workspace)
        later = [person for person, text in _proposed(workspace) if "真实感受" in text]
        assert later == ([person_of[_HIGH]] if day > 14 else [])
    assert len(open_tasks(workspace)) == 1
