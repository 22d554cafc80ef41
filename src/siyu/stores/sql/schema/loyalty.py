"""Tables of loyalty: the double-entry ledger, and the rewards that it pays."""

from sqlalchemy import Column, Index, LargeBinary, SmallInteger, String, Table, Text

from siyu.stores.sql.schema.base import Key, Minor, Serial, Us, metadata

#: What happened to value. Append-only.
ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("entry_id", Key, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("at_us", Us, nullable=False),
    Column("about", String(512), nullable=False),
    Column("reason", Text, nullable=False),
    Column("expires_at_us", Us, nullable=False, comment="of the points or coupon it gives; 0: never"),
)

#: The lines of an entry; they add up to zero in each unit. Append-only.
ledger_posting = Table(
    "ledger_posting",
    metadata,
    Column("entry_id", Key, primary_key=True),
    Column("line", SmallInteger, primary_key=True, autoincrement=False),
    Column("account", String(32), nullable=False),
    Column("identifier_id", Serial, nullable=False, comment="0: the brand"),
    Column("scope", String(128), nullable=False, comment="campaign or kind of coupon"),
    Column("unit", String(16), nullable=False, comment="a currency, points, coupon"),
    Column("amount", Minor, nullable=False),
)
Index("ix_ledger_posting_identifier", ledger_posting.c.identifier_id, ledger_posting.c.entry_id)

#: The sum of the postings of each place, kept in the same transaction; `siyu ledger verify` recomputes it.
ledger_balance = Table(
    "ledger_balance",
    metadata,
    Column("identifier_id", Serial, primary_key=True, autoincrement=False),
    Column("account", String(32), primary_key=True),
    Column("scope", String(128), primary_key=True),
    Column("unit", String(16), primary_key=True),
    Column("amount", Minor, nullable=False),
)

#: Where each reward stands and why; its money is in the ledger.
reward = Table(
    "reward",
    metadata,
    Column("reward_id", Key, primary_key=True, comment="derived from campaign and invitee: one reward for one invitee"),
    Column("campaign", String(128), nullable=False),
    Column("inviter_id", Serial, nullable=False, index=True),
    Column("invitee_id", Serial, nullable=False, index=True),
    Column("amount", Minor, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("joined_at_us", Us, nullable=False),
    Column("state", String(16), nullable=False),
    Column("step", String(16), nullable=False, comment="the last decision: wait, review, mature, forfeit, claw_back"),
    Column("reason", Text, nullable=False, comment="in words, for the inviter"),
    Column("next_at_us", Us, nullable=False, comment="when to look again"),
    Column("settled_at_us", Us),
)
Index("ix_reward_due", reward.c.campaign, reward.c.next_at_us)

#: A fission campaign as it was planned.
fission_campaign = Table(
    "fission_campaign",
    metadata,
    Column("campaign", String(128), primary_key=True),
    Column("plan", LargeBinary, nullable=False, comment="JSON of the plan"),
    Column("planned_at_us", Us, nullable=False),
    Column("stopped_at_us", Us),
    Column("stopped_because", Text, nullable=False),
)
