"""Tables of campaigns: what plays proposed, who is held out, and what was chosen of several."""

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
#: What a verdict may still change. An index over all would be written twice for each verdict.
_OPEN = proposal.c.state.in_(("waiting", "held"))
Index("ix_proposal_due", proposal.c.state, proposal.c.due_at_us, sqlite_where=_OPEN, postgresql_where=_OPEN)
_JUDGED = proposal.c.judged_at_us.is_not(None)
Index("ix_proposal_judged", proposal.c.judged_at_us, sqlite_where=_JUDGED, postgresql_where=_JUDGED)

#: What was chosen for a person where several plays wanted to speak, and with which chance.
choice = Table(
    "choice",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=False, comment="the person's smallest then"),
    Column("chosen_at_us", Us, primary_key=True, autoincrement=False),
    Column("context", String(64), nullable=False, comment="where the person stood: kind/rest"),
    Column("action", String(128), nullable=False, comment="the play and wording; empty: nothing was said"),
    Column("propensity", Float, nullable=False, comment="the chance with which this was chosen"),
    Column("worth_minor", Float, nullable=False),
    Column("options", LargeBinary, nullable=False, comment="JSON: what could have been chosen, and its worth"),
    Column("explored", SmallInteger, nullable=False),
    Column("brought_minor", Minor, comment="paid within the window after it; empty until that is over"),
    Column("harmed", SmallInteger, comment="whether the person complained or left within it"),
)
Index("ix_choice_at", choice.c.chosen_at_us)
