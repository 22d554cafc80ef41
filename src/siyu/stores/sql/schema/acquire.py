"""Tables of bringing people in: live codes, invitations, promises, comment leads."""

from sqlalchemy import Column, Float, Index, LargeBinary, SmallInteger, String, Table, Text

from siyu.stores.sql.schema.base import Key, Serial, Us, metadata

#: Live codes (活码): what is printed stays, where it leads is data. Every change is a row of its own; the newest holds.
live_code = Table(
    "live_code",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("version", Serial, primary_key=True, autoincrement=False),
    Column("plan", LargeBinary, nullable=False, comment="JSON: routes and targets"),
    Column("changed_at_us", Us, nullable=False),
)

#: What live codes decided, for ever: one row for each group that reached the disk together.
live_code_group = Table(
    "live_code_group",
    metadata,
    Column("group_id", Key, primary_key=True, comment="the moment of its first decision, and the desk"),
    Column("scans", Serial, nullable=False),
    Column(
        "decisions",
        LargeBinary,
        nullable=False,
        comment="MessagePack: code, target, reason, version, scene, visitor, at",
    ),
)

#: How many scans each target had, by day of the code's own calendar: what rotation and room go by.
live_code_sent = Table(
    "live_code_sent",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("day", Serial, primary_key=True, autoincrement=False, comment="ordinal: 1 is 0001-01-01"),
    Column("target", String(512), primary_key=True),
    Column("reason", String(32), primary_key=True),
    Column("scans", Serial, nullable=False),
    Column("last_at_us", Us, nullable=False),
)

#: Whose invitation a code is. The first who shows it has it, for ever.
invite_code = Table(
    "invite_code",
    metadata,
    Column("code", String(512), primary_key=True),
    Column("campaign", String(128), nullable=False),
    Column("identifier_id", Serial, nullable=False, index=True),
    Column("made_at_us", Us, nullable=False),
)

#: Every accepted invitation as it came, also those that do not count.
invite = Table(
    "invite",
    metadata,
    Column("touch_id", Key, primary_key=True),
    Column("code", String(512), nullable=False, index=True),
    Column("invitee_id", Serial, nullable=False, index=True),
    Column("at_us", Us, nullable=False),
    Column("device", String(128), nullable=False, comment="a hash; empty if not known"),
    Column("address", String(128), nullable=False, comment="a hash; empty if not known"),
    Column("means", String(32), nullable=False, server_default="", comment="link, poster …; empty if not known"),
)

#: What was promised to whom, and the proof that it was kept (承诺台账).
promise = Table(
    "promise",
    metadata,
    Column("promise_id", Key, primary_key=True),
    Column("identifier_id", Serial, nullable=False, index=True),
    Column("what", String(512), nullable=False),
    Column("said_in", String(512), nullable=False, comment="the reply, post or poster that promised it"),
    Column("promised_at_us", Us, nullable=False),
    Column("due_at_us", Us, nullable=False),
    Column("kept_at_us", Us),
    Column("proof", Text, nullable=False, comment="the message, order or shipment that kept it"),
    Column("broken_because", Text, nullable=False),
)
Index("ix_promise_open", promise.c.kept_at_us, promise.c.due_at_us)

#: A comment that asked something, and how far its writer has come since.
comment_lead = Table(
    "comment_lead",
    metadata,
    Column("touch_id", Key, primary_key=True),
    Column("identifier_id", Serial, nullable=False, index=True),
    Column("channel", String(64), nullable=False),
    Column("content_id", String(512), nullable=False),
    Column("probability", Float, nullable=False),
    Column("intent", String(16), nullable=False),
    Column("commented_at_us", Us, nullable=False),
    Column("due_at_us", Us, nullable=False, comment="until when it should be answered"),
    Column("claimed_by", String(512), nullable=False),
    Column("claimed_at_us", Us),
    Column("answered_at_us", Us),
    Column("label", SmallInteger, comment="what staff said: 1 a lead, 0 none; empty: nothing yet"),
    Column("text", Text, nullable=False, server_default="", comment="the comment; its touch moves on to the lake"),
    Column("answer", Text, nullable=False, server_default="", comment="what was answered; empty: nothing, or by hand"),
    Column(
        "account", String(512), nullable=False, server_default="", comment="the brand's own account it stands under"
    ),
    Column(
        "reply_to",
        String(512),
        nullable=False,
        server_default="",
        comment="the platform's own ids of it; empty: unknown",
    ),
    Column("reply_id", Key, comment="the proposal that answers it through the outbox; empty: none, or by hand"),
    Column(
        "promised", String(512), nullable=False, server_default="", comment="what the answer promises, once it is out"
    ),
)
Index("ix_comment_lead_open", comment_lead.c.answered_at_us, comment_lead.c.due_at_us)
Index("ix_comment_lead_reply", comment_lead.c.reply_id)

#: A lead that an ad platform gave us, and what the platform was told of it since, with the person's separate consent.
ad_lead = Table(
    "ad_lead",
    metadata,
    Column("touch_id", Key, primary_key=True),
    Column("identifier_id", Serial, nullable=False, index=True),
    Column("channel", String(64), nullable=False),
    Column("account", String(512), nullable=False),
    Column("lead_no", String(128), nullable=False, comment="the platform's own id of the lead"),
    Column("left_at_us", Us, nullable=False),
    Column("told", String(16), nullable=False, comment="the furthest step that was proposed: empty, added, bought"),
)

#: What was proposed to be told of leads, each step once.
ad_feedback = Table(
    "ad_feedback",
    metadata,
    Column("proposal_id", Key, primary_key=True),
    Column("touch_id", Key, nullable=False, index=True),
    Column("identifier_id", Serial, nullable=False, index=True),
    Column("step", String(16), nullable=False, comment="added, bought"),
    Column("text_version", String(128), nullable=False, comment="which text the person consented to"),
    Column("proof", Text, nullable=False, comment="where that consent can be checked"),
    Column("proposed_at_us", Us, nullable=False),
)

#: Claims of baits that were not given at once: refused, or doubtful and looked at by staff.
bait_refusal = Table(
    "bait_refusal",
    metadata,
    Column("refusal_id", Key, primary_key=True),
    Column("bait", String(128), nullable=False, index=True),
    Column("identifier_id", Serial, nullable=False, index=True),
    Column("place", String(128), nullable=False),
    Column("reason", String(32), nullable=False, comment="had_it, doubtful, not_offered, none_left"),
    Column("state", String(16), nullable=False, comment="refused, doubtful; given or denied once it was looked at"),
    Column("at_us", Us, nullable=False),
)
