"""What every table shares: one metadata, one set of naming rules, one way to write a moment."""

from sqlalchemy import BigInteger, Integer, LargeBinary, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Microseconds since 1970 UTC.
Us = BigInteger
#: Whole minor units (fen) of a currency column beside it.
Minor = BigInteger
#: An integer key that the database counts up; SQLite counts up only a plain INTEGER.
Serial = BigInteger().with_variant(Integer, "sqlite")
#: 16 bytes, time first (``kernel/ids.py``), or a 16-byte keyed hash.
Key = LargeBinary(16)
