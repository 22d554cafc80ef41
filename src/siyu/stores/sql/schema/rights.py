"""The register of requests of people for their rights."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text

from siyu.stores.sql.schema.base import Key, Us, metadata

#: Requests of people for their rights (PIPL articles 44 to 50), with deadlines. Outlives an erasure: no person in it.
rights_request = Table(
    "rights_request",
    metadata,
    Column("request_id", Key, primary_key=True),
    Column("kind", String(16), nullable=False, comment="export, correct, erase, withdraw, explain"),
    Column("subject", LargeBinary(16), nullable=False, index=True, comment="keyed hash of the identifier that asked"),
    Column("opened_at_us", Us, nullable=False),
    Column("due_at_us", Us, nullable=False),
    Column("done_at_us", Us),
    Column("proof", Text, nullable=False, comment="JSON: what was done, counted; a digest of what was handed over"),
    Column("identifiers", Integer, nullable=False),
)
