"""Tables of journeys: their versions, who is on the way in which step, and what journeys ask of staff and others.

Who stands where hangs on an identifier and follows it through merge and split: a trigger notes identifiers whose
person changed while they are in a journey, and the next tick lets a person who is in one journey twice go on once.
"""

from sqlalchemy import DDL, BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, String, Table, Text, event

from siyu.stores.sql.schema.base import Key, Serial, Us, metadata

journey = Table(
    "journey",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("version_id", Serial, nullable=False, comment="the version that people enter"),
    Column("state", String(16), nullable=False, comment="running, paused"),
    Column("reason", Text, nullable=False, comment="why it is paused"),
    Column("changed_at_us", Us, nullable=False),
)

journey_version = Table(
    "journey_version",
    metadata,
    Column("version_id", Serial, primary_key=True, autoincrement=True),
    Column("name", String(64), nullable=False, index=True),
    Column("number", Integer, nullable=False, comment="1, 2, 3 … of this journey"),
    Column("text", Text, nullable=False, comment="as it was written"),
    Column("program", LargeBinary, nullable=False, comment="JSON of the checked program: it runs as it was published"),
    Column("published_at_us", Us, nullable=False),
    Column("moves", LargeBinary, nullable=False, comment="JSON: to which version and steps people move; empty: stay"),
    sqlite_autoincrement=True,
)

#: One row a person and entry. Ended ways stay: re-entry rules and counts ask for them.
journey_run = Table(
    "journey_run",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=False),
    Column("version_id", Serial, primary_key=True, autoincrement=False),
    Column("entered_at_us", Us, primary_key=True, autoincrement=False),
    Column("entry_seq", Serial, nullable=False, comment="of the touch that brought it; only later ones are heard"),
    Column("step", SmallInteger, nullable=False, comment="place in the program"),
    Column("due_at_us", Us, comment="when it leaves the step; empty: ended"),
    Column("since_us", Us, nullable=False, comment="when it came to the step"),
    Column("came_from", SmallInteger, nullable=False, comment="the step before"),
    Column("outcome", SmallInteger, nullable=False, comment="0 under way; program.Outcome"),
    Column("heard", BigInteger, nullable=False, comment="a bit for each pattern of touches that came since"),
    Column("dice", Integer, nullable=False, comment="drawn from journey and identifier, mixed anew by every split"),
    postgresql_with={"fillfactor": 50},  # the row after a move finds room on the same page
)
Index("ix_journey_run_due", journey_run.c.version_id, journey_run.c.step, journey_run.c.due_at_us)

#: How far something has come: touches heard, schedules fired.
journey_mark = Table(
    "journey_mark",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

#: Identifiers in a journey whose person changed.
journey_rehomed = Table(
    "journey_rehomed",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("identifier_id", Serial, nullable=False),
    Column("was_person_id", Serial, nullable=False),
    sqlite_autoincrement=True,
)

#: What journeys ask of staff.
journey_task = Table(
    "journey_task",
    metadata,
    Column("task_id", Key, primary_key=True, comment="derived from journey, version, step, identifier and entry"),
    Column("journey", String(64), nullable=False),
    Column("step", String(128), nullable=False),
    Column("identifier_id", Serial, nullable=False, index=True),
    Column("staff", String(512), nullable=False, comment="empty: whoever has the relation"),
    Column("text", Text, nullable=False),
    Column("asked_at_us", Us, nullable=False),
    Column("due_at_us", Us, nullable=False),
    Column("done_at_us", Us),
    Column("answer", Text, nullable=False),
)

#: Calls of other systems; they carry the id, so that a call that arrives twice counts once.
journey_call = Table(
    "journey_call",
    metadata,
    Column("call_id", Key, primary_key=True, comment="derived as a task's"),
    Column("journey", String(64), nullable=False),
    Column("step", String(128), nullable=False),
    Column("identifier_id", Serial, nullable=False),
    Column("url", Text, nullable=False),
    Column("wanted_at_us", Us, nullable=False),
    Column("next_at_us", Us, index=True, comment="when to try (again); empty: done or given up"),
    Column("attempts", Integer, nullable=False),
    Column("answer", Text, nullable=False, comment="what came back last"),
)

_SQLITE = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this constructor untyped
    """
    CREATE TRIGGER IF NOT EXISTS note_journey_rehomed AFTER UPDATE OF person_id ON identifier
    WHEN OLD.person_id <> NEW.person_id AND OLD.person_id <> 0
        AND EXISTS (SELECT 1 FROM journey_run WHERE identifier_id = OLD.identifier_id)
    BEGIN
        INSERT INTO journey_rehomed (identifier_id, was_person_id) VALUES (OLD.identifier_id, OLD.person_id);
    END
"""
)
_FUNCTION = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this constructor untyped
    """
    CREATE OR REPLACE FUNCTION note_journey_rehomed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO journey_rehomed (identifier_id, was_person_id)
        SELECT OLD.identifier_id, OLD.person_id
        WHERE EXISTS (SELECT 1 FROM journey_run WHERE identifier_id = OLD.identifier_id);
        RETURN NULL;
    END $$
"""
)
_POSTGRESQL = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this constructor untyped
    """
    CREATE OR REPLACE TRIGGER note_journey_rehomed AFTER UPDATE OF person_id ON identifier
    FOR EACH ROW WHEN (OLD.person_id <> NEW.person_id AND OLD.person_id <> 0) EXECUTE FUNCTION note_journey_rehomed()
"""
)

event.listen(metadata, "after_create", _SQLITE.execute_if(dialect="sqlite"))
event.listen(metadata, "after_create", _FUNCTION.execute_if(dialect="postgresql"))
event.listen(metadata, "after_create", _POSTGRESQL.execute_if(dialect="postgresql"))
