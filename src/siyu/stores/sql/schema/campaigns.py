"""Tables of campaigns: what plays proposed, and who is held out."""

from sqlalchemy import Column, Float, Index, LargeBinary, SmallInteger, String, Table, Text

from siyu.stores.sql.schema.base import Key, Minor, Serial, Us, metadata

#: Holdout (对照组): written once per play and person, kept for ever; the earliest row of a person wins.
assignment = Table(
    "assignment",
    metadata,
    Column("play", String(128), primary_key=True),
    Column("identifier_id", Serial, primary_key=True, autoincrement=False, comment="the person's smallest then"),
    Column("treated", SmallInteger, nullable=False),
    Column("share", Float, nullable=False, comment="holdout share in force when it was drawn"),
    Column("assigned_at_us", Us, nullable=False),
)

#: Every proposal and what became of it.
proposal = Table(
    "proposal",
    metadata,
    Column("proposal_id", Key, primary_key=True),
    Column("play", String(128), nullable=False),
    Column("identifier_id", Serial, nullable=False, index=True),
    Column("purpose", String(64), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False, comment="JSON of the content; no personal fields, only slots"),
    Column("expected_value_minor", Float, nullable=False),
    Column("cost_minor", Minor, nullable=False),
    Column("personal", SmallInteger, nullable=False),
    Column("proposed_at_us", Us, nullable=False),
    Column("due_at_us", Us, nullable=False),
    Column("deadline_us", Us, nullable=False),
    Column("state", String(16), nullable=False, comment="waiting, approved, held, denied, expired"),
    Column("rule", String(64), nullable=False, comment="the rule that held or denied it"),
    Column("reason", Text, nullable=False),
    Column("evidence", LargeBinary, nullable=False, comment="JSON: counters and facts behind the verdict"),
    Column("judged_at_us", Us),
)
Index("ix_proposal_due", proposal.c.state, proposal.c.due_at_us)
Index("ix_proposal_judged", proposal.c.judged_at_us)
