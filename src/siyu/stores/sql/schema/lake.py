"""Tables between the SQL store and the lake: whose person changed after their touches had gone to the lake.

The lake keeps a touch under the person it belonged to at its flush. A merge or a split changes
``identifier.person_id``; a trigger notes the identifier here, whichever code made the change, so that readers see
the new person at once and the next settling rewrites the buckets (``app/lake.py``). A new identifier that is given
its first person (0 before) is no change.
"""

from sqlalchemy import DDL, Column, Table, event

from siyu.stores.sql.schema.base import Serial, metadata

rehomed = Table(
    "rehomed",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("identifier_id", Serial, nullable=False),
    Column("was_person_id", Serial, nullable=False),
    sqlite_autoincrement=True,
)

_SQLITE = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this constructor untyped
    """
    CREATE TRIGGER IF NOT EXISTS note_rehomed AFTER UPDATE OF person_id ON identifier
    WHEN OLD.person_id <> NEW.person_id AND OLD.person_id <> 0
    BEGIN
        INSERT INTO rehomed (identifier_id, was_person_id) VALUES (OLD.identifier_id, OLD.person_id);
    END
"""
)
_FUNCTION = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this constructor untyped
    """
    CREATE OR REPLACE FUNCTION note_rehomed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO rehomed (identifier_id, was_person_id) VALUES (OLD.identifier_id, OLD.person_id);
        RETURN NULL;
    END $$
"""
)
_POSTGRESQL = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this constructor untyped
    """
    CREATE OR REPLACE TRIGGER note_rehomed AFTER UPDATE OF person_id ON identifier
    FOR EACH ROW WHEN (OLD.person_id <> NEW.person_id AND OLD.person_id <> 0) EXECUTE FUNCTION note_rehomed()
"""
)

event.listen(metadata, "after_create", _SQLITE.execute_if(dialect="sqlite"))
event.listen(metadata, "after_create", _FUNCTION.execute_if(dialect="postgresql"))
event.listen(metadata, "after_create", _POSTGRESQL.execute_if(dialect="postgresql"))
