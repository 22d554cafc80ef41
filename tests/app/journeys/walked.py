"""A workspace with a few people whose touches are put in by hand, for the tests of journeys."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from siyu.app.clock import VirtualClock
from siyu.app.journeys.publish import publish
from siyu.app.settings import Policy, Settings
from siyu.app.workspace import Workspace, make_workspace, open_workspace
from siyu.campaigns.journey.program import Journey
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.journeys import SqlJourneys
from siyu.stores.sql.schema.base import metadata
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.journeys import journey_call, journey_run, journey_task
from siyu.stores.sql.schema.people import identifier, profile
from siyu.stores.sql.schema.portraits import tag
from siyu.stores.sql.schema.touches import touch
from siyu.touchpoints.kind import TouchKind

#: 2026-06-10 10:00 in Shanghai.
NOW_US = 1_781_056_800_000_000
_KEPT = {"alembic_version", "identifier"}


def open_walked(folder: Path, url: str, *, people: int = 8) -> tuple[Workspace, VirtualClock]:
    """Open a workspace on a database and put people into it, each one identifier, numbered from 1."""
    clock = VirtualClock(NOW_US)
    make_workspace(folder)
    (folder / "siyu.toml").write_text(f'database_url = "{url}"\n[policy]\nholdout_salt = "test"\n', "utf-8")
    workspace = open_workspace(folder, clock=clock)
    assert workspace.settings == Settings(database_url=url, policy=Policy(holdout_salt="test"))
    add_people(workspace, range(1, people + 1))
    return workspace, clock


def add_people(workspace: Workspace, numbers: Sequence[int]) -> None:
    with workspace.database.write() as connection:
        columns = ("identifier_id", "key", "namespace", "person_id", "first_seen_at_us")
        rows = [(number, number.to_bytes(16, "big"), "member_no", number, NOW_US) for number in numbers]
        insert_rows(connection, identifier, columns, rows)


def forget(workspace: Workspace) -> None:
    """Empty every table but the people."""
    with workspace.database.write() as connection:
        for table in metadata.sorted_tables:
            if table.name not in _KEPT:
                connection.execute(delete(table))


def happen(workspace: Workspace, *happened: tuple[int, TouchKind]) -> list[tuple[int, int, int]]:
    """Put touches of people into the log, orders into their profiles; return (number, person, kind) of each."""
    at_us = workspace.clock.now_us()
    told = []
    with workspace.database.write() as connection:
        for who, kind in happened:
            seq = connection.execute(
                insert(touch).returning(touch.c.seq),
                {"touch_id": bytes(16), "identifier_id": who, "channel": "wecom", "account": "", "kind": int(kind),
                 "happened_at_us": at_us, "received_at_us": at_us, "scene": "", "source_code": "", "content_id": "",
                 "staff": "", "about": "", "value_minor": 0, "currency": "CNY", "properties": b"{}"},
            ).scalar_one()  # fmt: skip
            told.append((seq, who, int(kind)))
            if kind is TouchKind.ORDER_PAID:
                count_order(connection, who, at_us)
    return told


def count_order(connection: Connection, who: int, at_us: int) -> None:
    done = connection.execute(update(profile).where(profile.c.identifier_id == who).values(orders=profile.c.orders + 1))
    if not done.rowcount:
        zeros = dict.fromkeys(("messages_in", "messages_out", "paid_minor", "refunded_minor", "complaints_open"), 0)
        connection.execute(insert(profile), {**zeros, "identifier_id": who, "touches": 1, "orders": 1,
                                             "first_at_us": at_us, "last_at_us": at_us})  # fmt: skip


def published(workspace: Workspace, text: str) -> Journey:
    name = publish(workspace, text).name
    with workspace.database.read() as connection:
        return next(one.journey for one in SqlJourneys(connection).versions(name) if one.is_current)


def runs(workspace: Workspace) -> set[tuple[int, int, int, int | None, int, int]]:
    """Return (identifier, entry, step, due, outcome, heard) of every way."""
    with workspace.database.read() as connection:
        return {
            (row.identifier_id, row.entered_at_us, row.step, row.due_at_us, row.outcome, row.heard)
            for row in connection.execute(select(journey_run))
        }


def deeds(workspace: Workspace) -> list[tuple[str, str, int]]:
    """Return (word, step or content, identifier) of everything that journeys did and that leaves a row of its own."""
    with workspace.database.read() as connection:
        found = [("propose", row.content, row.identifier_id) for row in connection.execute(select(proposal))]
        found = [(word, bytes(content).decode().split("/")[1].split('"')[0], who) for word, content, who in found]
        found += [("ask", row.step, row.identifier_id) for row in connection.execute(select(journey_task))]
        found += [("call", row.step, row.identifier_id) for row in connection.execute(select(journey_call))]
    return sorted(found)


def tags(workspace: Workspace) -> set[tuple[int, str]]:
    with workspace.database.read() as connection:
        rows = connection.execute(select(tag).where(tag.c.until_us.is_(None)))
        return {(row.identifier_id, row.name) for row in rows}
