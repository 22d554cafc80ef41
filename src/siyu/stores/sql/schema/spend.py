"""Tables of ad spend (投放花费): what each source cost on each day."""

from sqlalchemy import BigInteger, Column, Index, String, Table

from siyu.stores.sql.schema.base import Key, Minor, Us, metadata

#: One row per day and place; a later export of the same day and place replaces it, for platforms restate costs.
spend = Table(
    "spend",
    metadata,
    Column("spend_id", Key, primary_key=True, comment="derived from day, channel, account, campaign, ad, source code"),
    Column("day_us", Us, nullable=False, comment="the first microsecond of the day on the brand's clock"),
    Column("channel", String(64), nullable=False),
    Column("account", String(512), nullable=False),
    Column("campaign", String(512), nullable=False),
    Column("ad", String(512), nullable=False),
    Column("source_code", String(512), nullable=False, comment="joins it to touches that came through it"),
    Column("cost_minor", Minor, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("impressions", BigInteger),
    Column("clicks", BigInteger),
    Column("leads", BigInteger),
    Column("known_at_us", Us, nullable=False),
)
Index("ix_spend_source", spend.c.source_code, spend.c.day_us)
