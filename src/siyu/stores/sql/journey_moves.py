"""Move people through a journey, thousands in a statement.

Every function is one short transaction's work: it takes at most so many rows, so that intake never waits long on
SQLite, and on PostgreSQL rows that another worker holds are left to it (``SKIP LOCKED``).
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from siyu.campaigns.journey.program import Journey, Outcome, Pattern, Wait, outcome_place, waits_for
from siyu.stores.sql.journey_ways import arrival, target
from siyu.stores.sql.journeys import Version, Way, prefer_indexes
from siyu.stores.sql.schema.journeys import journey_run as run
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.touches import touch

#: Rows in one transaction.
MOST_ROWS: Final = 16_000


def _row(connection: Connection) -> ColumnElement[Any]:
    """Where a row lies: the fastest way back to it within one statement."""
    return literal_column("journey_run.rowid" if connection.dialect.name == "sqlite" else "journey_run.ctid")


def is_anybody_due(connection: Connection, version_id: int, place: int, now_us: int) -> bool:
    """Say whether somebody leaves a step by now."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    found = connection.exec_driver_sql(
        f"SELECT 1 FROM journey_run WHERE version_id = {mark} AND step = {mark} AND due_at_us <= {mark} LIMIT 1",
        (version_id, place, now_us),
    )
    return found.first() is not None


def move(
    connection: Connection, version: Version, place: int, *, now_us: int, midnight_us: int, most: int = MOST_ROWS,
    returning: bool = False,
) -> tuple[int, list[Any]]:  # fmt: skip
    """Let people leave a step who are due, the longest due first, each to the next step where they stay.

    Args:
        returning: Also return who they were: identifier, moment of entry.

    Returns:
        How many, and who.
    """
    prefer_indexes(connection)
    to, leaves = target(version.journey, place, now_us)
    chosen = (
        select(_row(connection).label("place"), run.c.identifier_id, to.label("target"))
        .select_from(run)
        .where(run.c.version_id == version.version_id, run.c.step == place, run.c.due_at_us <= now_us)
        .order_by(run.c.due_at_us)
        .limit(most)
        .with_for_update(skip_locked=True, of=run)
        .subquery("chosen")
    )
    columns = arrival(version.journey, place, leaves, chosen.c.target, now_us=now_us, midnight_us=midnight_us)
    statement = (
        update(run)
        .where(_row(connection) == chosen.c.place, run.c.identifier_id == chosen.c.identifier_id)
        .values(columns)
    )
    if returning:
        rows = list(connection.execute(statement.returning(run.c.identifier_id, run.c.entered_at_us)))
        return len(rows), rows
    return connection.execute(statement).rowcount, []


def hear(connection: Connection, version: Version, *, first: int, last: int, now_us: int) -> int:
    """Tell people on the way about touches numbered ``first`` to ``last``; return how many rows heard something.

    A goal or an exit ends the way; a wait for such a touch ends now; everything else is remembered as a bit.
    """
    prefer_indexes(connection)
    one = version.journey
    kinds = set(connection.execute(select(touch.c.kind).where(touch.c.seq.between(first, last)).distinct()).scalars())
    order = sorted(range(len(one.patterns)), key=lambda bit: (bit not in one.goals, bit not in one.exits, bit))
    heard = 0
    for bit in order:
        pattern = one.patterns[bit]
        if kinds.intersection(pattern.kinds):
            heard += connection.execute(_hear(version, bit, first=first, last=last, now_us=now_us)).rowcount
    return heard


def _hear(version: Version, bit: int, *, first: int, last: int, now_us: int) -> Any:
    one = version.journey
    own, every = identifier.alias("own"), identifier.alias("every")
    came = (
        select(every.c.identifier_id, func.max(touch.c.seq).label("seq"))
        .select_from(touch)
        .join(own, own.c.identifier_id == touch.c.identifier_id)
        .join(every, every.c.person_id == own.c.person_id)
        .where(touch.c.seq.between(first, last), *matches(one.patterns[bit]))
        .group_by(every.c.identifier_id)
        .subquery("came")
    )
    columns: dict[str, Any] = {"heard": run.c.heard.op("|")(literal(1 << bit, BigInteger))}
    ends = Outcome.GOAL if bit in one.goals else Outcome.EXIT if bit in one.exits else None
    if ends:
        columns |= {"came_from": run.c.step, "step": outcome_place(one, ends), "due_at_us": None, "since_us": now_us,
                    "outcome": int(ends)}  # fmt: skip
    elif waits := waits_for(one, bit):
        columns["due_at_us"] = case((run.c.step.in_(waits), now_us), else_=run.c.due_at_us)
    return (
        update(run)
        .where(
            run.c.identifier_id == came.c.identifier_id, run.c.version_id == version.version_id,
            run.c.due_at_us.is_not(None), run.c.entry_seq < came.c.seq,
        )
        .values(columns)
    )  # fmt: skip


def matches(pattern: Pattern) -> list[ColumnElement[bool]]:
    """Return what must hold of a touch."""
    wheres = [touch.c[column].in_(texts) for column, texts in pattern.where.items()]
    return [touch.c.kind.in_(pattern.kinds), *wheres]


def brought(connection: Connection, patterns: Sequence[Pattern], *, first: int, last: int) -> list[Any]:
    """Return (identifier, person, number) of the touches that bring people into a journey."""
    rows = connection.execute(
        select(touch.c.identifier_id, identifier.c.person_id, touch.c.seq)
        .join(identifier, identifier.c.identifier_id == touch.c.identifier_id)
        .where(touch.c.seq.between(first, last), or_(*[_all(matches(pattern)) for pattern in patterns]))
        .order_by(touch.c.seq)
    )
    return [tuple(row) for row in rows]


def _all(parts: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole & part
    return whole


def change_version(connection: Connection, version: Version, *, most: int = MOST_ROWS) -> int:
    """Put people of an older version into the newer one, where their step is found again; return how many."""
    moves = version.moves
    if moves is None or not moves.steps:
        return 0
    heard: ColumnElement[Any] = literal(0, BigInteger)
    for old, new in moves.bits.items():
        bit = run.c.heard.op(">>")(literal(old)).op("&")(literal(1, BigInteger))
        heard = heard + bit * literal(1 << new, BigInteger)
    chosen = (
        select(_row(connection))
        .select_from(run)
        .where(run.c.version_id == version.version_id, run.c.step.in_(moves.steps), run.c.due_at_us.is_not(None))
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(
        update(run)
        .where(_row(connection).in_(chosen))
        .values(version_id=moves.to, step=case(moves.steps, value=run.c.step), heard=heard, came_from=0)
    ).rowcount


def join_runs(rows: Sequence[Way], journey_of: dict[int, Journey], now_us: int) -> list[dict[str, Any]]:
    """Decide for one person and one journey which way goes on.

    The earliest goes on, the others end as merged; one whose earlier companion left with another person (a split)
    takes up where it stopped: the wait keeps its end.

    Args:
        rows: Ways of the person through the journey, in order of entry.

    Returns:
        Changes: key of the row, ``outcome`` and ``due``.
    """
    changes = []
    is_led, led_until_us = False, -1
    for row in rows:
        if row.outcome == Outcome.MERGED:
            if not is_led and row.entered_at_us > led_until_us:
                step = journey_of[row.version_id].steps[row.step]
                wait = step.us if isinstance(step, Wait) and step.how == "for" else 0
                changes.append(_change(row, Outcome.UNDER_WAY, max(now_us, row.since_us + wait)))
                is_led = True
        elif row.due_at_us is None:
            led_until_us = max(led_until_us, row.since_us)
        elif is_led:
            changes.append(_change(row, Outcome.MERGED, None))
        else:
            is_led = True
    return changes


def change_rows(connection: Connection, changes: Sequence[dict[str, Any]]) -> None:
    """Write what :func:`join_runs` or a holdout decided."""
    if changes:
        connection.execute(
            update(run)
            .where(
                run.c.identifier_id == bindparam("number"), run.c.version_id == bindparam("version"),
                run.c.entered_at_us == bindparam("entered"),
            )
            .values(
                outcome=bindparam("new_outcome"),
                due_at_us=bindparam("new_due"),
                # who is held out never left that step
                step=case((bindparam("new_outcome") == int(Outcome.HELD_OUT), run.c.came_from), else_=run.c.step),
            ),
            list(changes),
        )  # fmt: skip


def _change(row: Way, outcome: Outcome, due_us: int | None) -> dict[str, Any]:
    return {"number": row.identifier_id, "version": row.version_id, "entered": row.entered_at_us,
            "new_outcome": int(outcome), "new_due": due_us}  # fmt: skip
