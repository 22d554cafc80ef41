"""Do what an action step says for people who just left it, in the transaction that moved them.

Nothing here sends: a proposal goes to the guard, a task to staff, a call to the list of calls that
``app/journeys/call.py`` makes. Every id is derived from journey, version, step, identifier and entry.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, or_, select, update

from siyu.campaigns.holdout import is_treated
from siyu.campaigns.journey.program import Ask, Call, Holdout, Label, Outcome, Propose, Step
from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.kernel.ids import time_ordered_id
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.journey_moves import change_rows
from siyu.stores.sql.journeys import SqlJourneys, Version
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.schema.journeys import journey_call, journey_task
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.portraits import tag


def action_id(version: Version, step: Step, identifier_id: int, entered_at_us: int) -> bytes:
    """Name what one step does for one person of one entry: doing it again is the same id."""
    parts = (version.journey.name, str(version.number), step.name, str(identifier_id))
    return time_ordered_id(entered_at_us, "journey", *parts)


def act(connection: Connection, version: Version, step: Step, rows: Sequence[Any], *, now_us: int, salt: str) -> None:
    """Do one step for some people.

    Args:
        rows: (identifier, moment of entry) of each.
    """
    match step:
        case Propose():
            _propose(connection, version, step, rows, now_us)
        case Ask():
            then = "ON CONFLICT (task_id) DO NOTHING"
            insert_rows(
                connection, journey_task,
                ("task_id", "journey", "step", "identifier_id", "staff", "text", "asked_at_us", "due_at_us", "answer"),
                [(action_id(version, step, who, entered), version.journey.name, step.name, who, step.staff, step.text,
                  now_us, now_us + step.within_us, "") for who, entered in rows],
                then=then,
            )  # fmt: skip
        case Call():
            insert_rows(
                connection, journey_call,
                ("call_id", "journey", "step", "identifier_id", "url", "wanted_at_us", "next_at_us", "attempts",
                 "answer"),
                [(action_id(version, step, who, entered), version.journey.name, step.name, who, step.url, now_us,
                  now_us, 0, "") for who, entered in rows],
                then="ON CONFLICT (call_id) DO NOTHING",
            )  # fmt: skip
        case Label():
            _label(connection, version, step, [who for who, _ in rows], now_us)
        case Holdout():
            _hold_out(connection, version, step, rows, now_us=now_us, salt=salt)
        case _:
            pass


def _propose(connection: Connection, version: Version, step: Propose, rows: Sequence[Any], now_us: int) -> None:
    piece = Piece(content_id=step.content_id, text=step.text, attachments=step.attachments)
    SqlProposals(connection).add(
        [
            Proposal(
                proposal_id=action_id(version, step, who, entered),
                play=version.journey.play,
                person_id=who,
                purpose=step.purpose,
                channel=step.channel,
                action=step.action,
                piece=piece,
                expected_value_minor=float(step.value_minor),
                proposed_at_us=now_us,
                due_at_us=now_us,
                deadline_us=now_us + step.open_us,
                cost_minor=step.cost_minor,
                personal=step.personal,
            )
            for who, entered in rows
        ]
    )


def _label(connection: Connection, version: Version, step: Label, who: Sequence[int], now_us: int) -> None:
    if step.on:
        until_us = now_us + step.for_us if step.for_us else None
        insert_rows(
            connection, tag, ("identifier_id", "name", "source", "since_us", "until_us"),
            [(number, step.tag, version.journey.play, now_us, until_us) for number in who],
            then="ON CONFLICT (identifier_id, name, source) DO UPDATE SET "
                 "since_us = excluded.since_us, until_us = excluded.until_us",
        )  # fmt: skip
        return
    one, every = identifier.alias("one"), identifier.alias("every")
    for part in chunks(who):
        theirs = (
            select(every.c.identifier_id)
            .join(one, one.c.person_id == every.c.person_id)
            .where(one.c.identifier_id.in_(part))
        )
        connection.execute(
            update(tag)
            .where(
                tag.c.identifier_id.in_(theirs), tag.c.name == step.tag,
                or_(tag.c.until_us.is_(None), tag.c.until_us > now_us),
            )
            .values(until_us=now_us)
        )  # fmt: skip


def _hold_out(
    connection: Connection, version: Version, step: Holdout, rows: Sequence[Any], *, now_us: int, salt: str
) -> None:
    play = version.journey.play
    person_of = SqlJourneys(connection).people_of([who for who, _ in rows])
    people = sorted(set(person_of.values()))
    store = SqlProposals(connection)
    arms = store.arms(play, people)
    new = {
        person: is_treated(play, person, holdout_share=step.share, salt=salt) for person in people if person not in arms
    }
    store.assign(play, new, holdout_share=step.share, now_us=now_us)
    arms = arms | new
    change_rows(
        connection,
        [
            {"number": who, "version": version.version_id, "entered": entered,
             "new_outcome": int(Outcome.HELD_OUT), "new_due": None}
            for who, entered in rows
            if not arms.get(person_of.get(who, 0), True)
        ],
    )  # fmt: skip
