"""How often identifiers were erased: whoever remembers their numbers looks here whether it still may.

An identifier keeps its number as long as it lives, through every merge and split; only an erasure ends it. A trigger
counts erasures in the table ``setting``, whichever code or process made them.
"""

from typing import Final

from sqlalchemy import DDL, event

from siyu.stores.sql.schema.base import metadata

#: The name of the count in the table ``setting``.
ERASED: Final = "identifiers erased"

_COUNT = (
    "INSERT INTO setting (name, value) VALUES ('identifiers erased', '1') ON CONFLICT (name)"
    " DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT);"
)
_SQLITE = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this constructor untyped
    f"CREATE TRIGGER IF NOT EXISTS note_erased AFTER DELETE ON identifier BEGIN {_COUNT} END"
)
_FUNCTION = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this constructor untyped
    f"""
    CREATE OR REPLACE FUNCTION note_erased() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {_COUNT}
        RETURN NULL;
    END $$
"""
)
_POSTGRESQL = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this constructor untyped
    "CREATE OR REPLACE TRIGGER note_erased AFTER DELETE ON identifier FOR EACH ROW EXECUTE FUNCTION note_erased()"
)

event.listen(metadata, "after_create", _SQLITE.execute_if(dialect="sqlite"))
event.listen(metadata, "after_create", _FUNCTION.execute_if(dialect="postgresql"))
event.listen(metadata, "after_create", _POSTGRESQL.execute_if(dialect="postgresql"))
