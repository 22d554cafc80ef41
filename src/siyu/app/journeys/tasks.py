"""What journeys ask of staff: list it, and book it as done."""

from dataclasses import dataclass

from sqlalchemy import select, update

from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_of_text
from siyu.stores.sql.schema.journeys import journey_task
from siyu.stores.sql.schema.people import identifier, relation


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do for one person; ``staff`` are those who have the relation, if nobody is named."""

    task_id: bytes
    journey: str
    step: str
    person_id: int
    staff: tuple[str, ...]
    text: str
    asked_at_us: int
    due_at_us: int


def open_tasks(workspace: Workspace, *, staff: str = "", most: int = 1000) -> list[Task]:
    """Return what is still to be done, the most urgent first."""
    with workspace.database.read() as connection:
        rows = connection.execute(
            select(journey_task, identifier.c.person_id)
            .join(identifier, identifier.c.identifier_id == journey_task.c.identifier_id)
            .where(journey_task.c.done_at_us.is_(None))
            .order_by(journey_task.c.due_at_us, journey_task.c.task_id)
            .limit(most)
        ).all()
        people = sorted({row.person_id for row in rows if not row.staff})
        knows: dict[int, list[str]] = {}
        for start in range(0, len(people), 1000):
            found = connection.execute(
                select(identifier.c.person_id, relation.c.staff)
                .join(relation, relation.c.identifier_id == identifier.c.identifier_id)
                .where(identifier.c.person_id.in_(people[start : start + 1000]), relation.c.until_us.is_(None))
                .where(relation.c.staff != "")
                .order_by(relation.c.since_us)
            )
            for person, name in found:
                knows.setdefault(person, []).append(name)
    tasks = [
        Task(bytes(row.task_id), row.journey, row.step, row.person_id,
             (row.staff,) if row.staff else tuple(dict.fromkeys(knows.get(row.person_id, ()))), row.text,
             row.asked_at_us, row.due_at_us)
        for row in rows
    ]  # fmt: skip
    return [task for task in tasks if not staff or staff in task.staff]


def finish_task(workspace: Workspace, task: str, *, answer: str = "") -> None:
    """Book a task as done; doing so again changes nothing.

    Raises:
        BadInputError: there is no such task.
    """
    key = id_of_text(task)
    with workspace.database.write() as connection:
        if not connection.execute(select(journey_task.c.task_id).where(journey_task.c.task_id == key)).first():
            raise BadInputError(f"there is no task {task!r}", mend="siyu journey tasks lists those that are open")
        connection.execute(
            update(journey_task)
            .where(journey_task.c.task_id == key, journey_task.c.done_at_us.is_(None))
            .values(done_at_us=workspace.clock.now_us(), answer=answer)
        )
