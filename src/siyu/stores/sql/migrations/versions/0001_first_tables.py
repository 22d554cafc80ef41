"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: Triggers that note what readers must know, whichever code made the change; as the schema's files have them.
_TRIGGERS = {
    "sqlite": (
        """
CREATE TRIGGER IF NOT EXISTS note_erased AFTER DELETE ON identifier BEGIN INSERT INTO setting (name, value) VALUES ('identifiers erased', '1') ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT); END
        """,
        """
    CREATE TRIGGER IF NOT EXISTS note_journey_rehomed AFTER UPDATE OF person_id ON identifier
    WHEN OLD.person_id <> NEW.person_id AND OLD.person_id <> 0
        AND EXISTS (SELECT 1 FROM journey_run WHERE identifier_id = OLD.identifier_id)
    BEGIN
        INSERT INTO journey_rehomed (identifier_id, was_person_id) VALUES (OLD.identifier_id, OLD.person_id);
    END
        """,
        """
    CREATE TRIGGER IF NOT EXISTS note_rehomed AFTER UPDATE OF person_id ON identifier
    WHEN OLD.person_id <> NEW.person_id AND OLD.person_id <> 0
    BEGIN
        INSERT INTO rehomed (identifier_id, was_person_id) VALUES (OLD.identifier_id, OLD.person_id);
    END
        """,
    ),
    "postgresql": (
        """
    CREATE OR REPLACE FUNCTION note_erased() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO setting (name, value) VALUES ('identifiers erased', '1') ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT);
        RETURN NULL;
    END $$
        """,
        """
CREATE OR REPLACE TRIGGER note_erased AFTER DELETE ON identifier FOR EACH ROW EXECUTE FUNCTION note_erased()
        """,
        """
    CREATE OR REPLACE FUNCTION note_journey_rehomed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO journey_rehomed (identifier_id, was_person_id)
        SELECT OLD.identifier_id, OLD.person_id
        WHERE EXISTS (SELECT 1 FROM journey_run WHERE identifier_id = OLD.identifier_id);
        RETURN NULL;
    END $$
        """,
        """
    CREATE OR REPLACE TRIGGER note_journey_rehomed AFTER UPDATE OF person_id ON identifier
    FOR EACH ROW WHEN (OLD.person_id <> NEW.person_id AND OLD.person_id <> 0) EXECUTE FUNCTION note_journey_rehomed()
        """,
        """
    CREATE OR REPLACE FUNCTION note_rehomed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO rehomed (identifier_id, was_person_id) VALUES (OLD.identifier_id, OLD.person_id);
        RETURN NULL;
    END $$
        """,
        """
    CREATE OR REPLACE TRIGGER note_rehomed AFTER UPDATE OF person_id ON identifier
    FOR EACH ROW WHEN (OLD.person_id <> NEW.person_id AND OLD.person_id <> 0) EXECUTE FUNCTION note_rehomed()
        """,
    ),
}


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "api_key",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=128), nullable=False),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_api_key")),
    )
    op.create_table(
        "assignment",
        sa.Column("play", sa.String(length=128), nullable=False),
        sa.Column(
            "identifier_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
            comment="the person's smallest then",
        ),
        sa.Column("treated", sa.SmallInteger(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False, comment="holdout share in force when it was drawn"),
        sa.Column("assigned_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("play", "identifier_id", name=op.f("pk_assignment")),
    )
    op.create_table(
        "channel_account",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=512), nullable=False),
        sa.Column("base_url", sa.String(length=512), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False, comment="JSON, encrypted by the master key"),
        sa.Column("connected_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_channel_account")),
    )
    op.create_table(
        "comment_lead",
        sa.Column("touch_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("content_id", sa.String(length=512), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("intent", sa.String(length=16), nullable=False),
        sa.Column("commented_at_us", sa.BigInteger(), nullable=False),
        sa.Column("due_at_us", sa.BigInteger(), nullable=False, comment="until when it should be answered"),
        sa.Column("claimed_by", sa.String(length=512), nullable=False),
        sa.Column("claimed_at_us", sa.BigInteger(), nullable=True),
        sa.Column("answered_at_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "label", sa.SmallInteger(), nullable=True, comment="what staff said: 1 a lead, 0 none; empty: nothing yet"
        ),
        sa.Column(
            "text", sa.Text(), server_default="", nullable=False, comment="the comment; its touch moves on to the lake"
        ),
        sa.Column(
            "answer",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="what was answered; empty: nothing, or by hand",
        ),
        sa.PrimaryKeyConstraint("touch_id", name=op.f("pk_comment_lead")),
    )
    op.create_index(op.f("ix_comment_lead_identifier_id"), "comment_lead", ["identifier_id"], unique=False)
    op.create_index("ix_comment_lead_open", "comment_lead", ["answered_at_us", "due_at_us"], unique=False)
    op.create_table(
        "conflict",
        sa.Column("conflict_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("left_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("right_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False, comment="two_ids, shared, too_large, alike"),
        sa.Column("detail", sa.Text(), nullable=False, comment="in words, nothing personal"),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("evidence_id", sa.LargeBinary(length=16), nullable=True, comment="the evidence that is held"),
        sa.Column("suggestion", sa.String(length=16), nullable=False, comment="merge, apart, look"),
        sa.Column("opened_at_us", sa.BigInteger(), nullable=False),
        sa.Column("settled_at_us", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.String(length=16), nullable=False, comment="merge, apart; empty while it waits"),
        sa.PrimaryKeyConstraint("conflict_id", name=op.f("pk_conflict")),
    )
    op.create_index(op.f("ix_conflict_left_id"), "conflict", ["left_id"], unique=False)
    op.create_index(op.f("ix_conflict_right_id"), "conflict", ["right_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("consent_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False, comment="empty: every channel"),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("text_version", sa.String(length=128), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("decided_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_identifier_id"), "consent", ["identifier_id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("evidence_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("left_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("right_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "strength",
            sa.String(length=16),
            nullable=False,
            comment="strong, weak, held, or apart: they are two people",
        ),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column(
            "source", sa.String(length=128), nullable=False, comment="touch, import, person (a decision by hand)"
        ),
        sa.Column("touch_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("said_at_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "withdraws", sa.LargeBinary(length=16), nullable=True, comment="the evidence that this row takes back"
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_left_id"), "evidence", ["left_id"], unique=False)
    op.create_index(op.f("ix_evidence_right_id"), "evidence", ["right_id"], unique=False)
    op.create_index(op.f("ix_evidence_withdraws"), "evidence", ["withdraws"], unique=False)
    op.create_table(
        "fission_campaign",
        sa.Column("campaign", sa.String(length=128), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False, comment="JSON of the plan"),
        sa.Column("planned_at_us", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at_us", sa.BigInteger(), nullable=True),
        sa.Column("stopped_because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", name=op.f("pk_fission_campaign")),
    )
    op.create_table(
        "flush",
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("from_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("planned_at_us", sa.BigInteger(), nullable=False),
        sa.Column("done_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_flush")),
    )
    op.create_table(
        "identifier",
        sa.Column(
            "identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.LargeBinary(length=16), nullable=False, comment="keyed hash of namespace and value"),
        sa.Column("namespace", sa.String(length=128), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_seen_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("identifier_id", name=op.f("pk_identifier")),
        sa.UniqueConstraint("key", name=op.f("uq_identifier_key")),
    )
    op.create_index(op.f("ix_identifier_person_id"), "identifier", ["person_id"], unique=False)
    op.create_table(
        "invite",
        sa.Column("touch_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("code", sa.String(length=512), nullable=False),
        sa.Column("invitee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.String(length=128), nullable=False, comment="a hash; empty if not known"),
        sa.Column("address", sa.String(length=128), nullable=False, comment="a hash; empty if not known"),
        sa.PrimaryKeyConstraint("touch_id", name=op.f("pk_invite")),
    )
    op.create_index(op.f("ix_invite_code"), "invite", ["code"], unique=False)
    op.create_index(op.f("ix_invite_invitee_id"), "invite", ["invitee_id"], unique=False)
    op.create_table(
        "invite_code",
        sa.Column("code", sa.String(length=512), nullable=False),
        sa.Column("campaign", sa.String(length=128), nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_invite_code")),
    )
    op.create_index(op.f("ix_invite_code_identifier_id"), "invite_code", ["identifier_id"], unique=False)
    op.create_table(
        "journey",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column(
            "version_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="the version that people enter",
        ),
        sa.Column("state", sa.String(length=16), nullable=False, comment="running, paused"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it is paused"),
        sa.Column("changed_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_journey")),
    )
    op.create_table(
        "journey_call",
        sa.Column("call_id", sa.LargeBinary(length=16), nullable=False, comment="derived as a task's"),
        sa.Column("journey", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=128), nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("wanted_at_us", sa.BigInteger(), nullable=False),
        sa.Column("next_at_us", sa.BigInteger(), nullable=True, comment="when to try (again); empty: done or given up"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False, comment="what came back last"),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_journey_call")),
    )
    op.create_index(op.f("ix_journey_call_next_at_us"), "journey_call", ["next_at_us"], unique=False)
    op.create_table(
        "journey_mark",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_journey_mark")),
    )
    op.create_table(
        "journey_rehomed",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("was_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journey_rehomed")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "journey_run",
        sa.Column(
            "identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("entered_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "entry_seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="of the touch that brought it; only later ones are heard",
        ),
        sa.Column("step", sa.SmallInteger(), nullable=False, comment="place in the program"),
        sa.Column("due_at_us", sa.BigInteger(), nullable=True, comment="when it leaves the step; empty: ended"),
        sa.Column("since_us", sa.BigInteger(), nullable=False, comment="when it came to the step"),
        sa.Column("came_from", sa.SmallInteger(), nullable=False, comment="the step before"),
        sa.Column("outcome", sa.SmallInteger(), nullable=False, comment="0 under way; program.Outcome"),
        sa.Column(
            "heard", sa.BigInteger(), nullable=False, comment="a bit for each pattern of touches that came since"
        ),
        sa.Column(
            "dice", sa.Integer(), nullable=False, comment="drawn from journey and identifier, mixed anew by every split"
        ),
        sa.PrimaryKeyConstraint("identifier_id", "version_id", "entered_at_us", name=op.f("pk_journey_run")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("ix_journey_run_due", "journey_run", ["version_id", "step", "due_at_us"], unique=False)
    op.create_table(
        "journey_task",
        sa.Column(
            "task_id",
            sa.LargeBinary(length=16),
            nullable=False,
            comment="derived from journey, version, step, identifier and entry",
        ),
        sa.Column("journey", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=128), nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff", sa.String(length=512), nullable=False, comment="empty: whoever has the relation"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=False),
        sa.Column("due_at_us", sa.BigInteger(), nullable=False),
        sa.Column("done_at_us", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_journey_task")),
    )
    op.create_index(op.f("ix_journey_task_identifier_id"), "journey_task", ["identifier_id"], unique=False)
    op.create_table(
        "journey_version",
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2, 3 … of this journey"),
        sa.Column("text", sa.Text(), nullable=False, comment="as it was written"),
        sa.Column(
            "program",
            sa.LargeBinary(),
            nullable=False,
            comment="JSON of the checked program: it runs as it was published",
        ),
        sa.Column("published_at_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "moves",
            sa.LargeBinary(),
            nullable=False,
            comment="JSON: to which version and steps people move; empty: stay",
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_journey_version")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_journey_version_name"), "journey_version", ["name"], unique=False)
    op.create_table(
        "last_word",
        sa.Column(
            "identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("identifier_id", "channel", name=op.f("pk_last_word")),
    )
    op.create_table(
        "ledger_balance",
        sa.Column(
            "identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=128), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("identifier_id", "account", "scope", "unit", name=op.f("pk_ledger_balance")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("entry_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.String(length=512), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "expires_at_us", sa.BigInteger(), nullable=False, comment="of the points or coupon it gives; 0: never"
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_ledger_entry")),
    )
    op.create_table(
        "ledger_posting",
        sa.Column("entry_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column(
            "identifier_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="0: the brand",
        ),
        sa.Column("scope", sa.String(length=128), nullable=False, comment="campaign or kind of coupon"),
        sa.Column("unit", sa.String(length=16), nullable=False, comment="a currency, points, coupon"),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "line", name=op.f("pk_ledger_posting")),
    )
    op.create_index("ix_ledger_posting_identifier", "ledger_posting", ["identifier_id", "entry_id"], unique=False)
    op.create_table(
        "live_code",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False, comment="JSON: routes and targets"),
        sa.Column("changed_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_live_code")),
    )
    op.create_table(
        "live_code_group",
        sa.Column(
            "group_id",
            sa.LargeBinary(length=16),
            nullable=False,
            comment="the moment of its first decision, and the desk",
        ),
        sa.Column("scans", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "decisions",
            sa.LargeBinary(),
            nullable=False,
            comment="MessagePack: code, target, reason, version, scene, visitor, at",
        ),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_live_code_group")),
    )
    op.create_table(
        "live_code_sent",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column(
            "day",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
            comment="ordinal: 1 is 0001-01-01",
        ),
        sa.Column("target", sa.String(length=512), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("scans", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", "day", "target", "reason", name=op.f("pk_live_code_sent")),
    )
    op.create_table(
        "message",
        sa.Column(
            "message_id",
            sa.LargeBinary(length=16),
            nullable=False,
            comment="derived from its proposal: a retry is the same id",
        ),
        sa.Column("proposal_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("play", sa.String(length=128), nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=512), nullable=False),
        sa.Column("staff", sa.String(length=512), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.String(length=16),
            nullable=False,
            comment="ready, claimed, awaiting, sent, failed, unknown, cancelled",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at_us", sa.BigInteger(), nullable=False),
        sa.Column("deadline_us", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at_us", sa.BigInteger(), nullable=True),
        sa.Column("task", sa.String(length=512), nullable=False, comment="the platform's own id of the send"),
        sa.Column("settled_at_us", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message")),
    )
    op.create_index("ix_message_due", "message", ["state", "channel", "due_at_us"], unique=False)
    op.create_index(op.f("ix_message_identifier_id"), "message", ["identifier_id"], unique=False)
    op.create_index("ix_message_person", "message", ["identifier_id", "due_at_us"], unique=False)
    op.create_table(
        "pause",
        sa.Column(
            "what", sa.String(length=600), nullable=False, comment="*, channel, channel/account, play:name, staff:name"
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_pause")),
    )
    op.create_table(
        "portrait",
        sa.Column(
            "identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "field", sa.String(length=64), nullable=False, comment="city, province, gender, age_band, language …"
        ),
        sa.Column("known_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(length=256), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("identifier_id", "field", "known_at_us", name=op.f("pk_portrait")),
    )
    op.create_table(
        "profile",
        sa.Column(
            "identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("touches", sa.Integer(), nullable=False),
        sa.Column("messages_in", sa.Integer(), nullable=False),
        sa.Column("messages_out", sa.Integer(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("complaints_open", sa.Integer(), nullable=False),
        sa.Column("first_at_us", sa.BigInteger(), nullable=False),
        sa.Column("last_at_us", sa.BigInteger(), nullable=False),
        sa.Column("first_order_at_us", sa.BigInteger(), nullable=True, comment="empty without an order"),
        sa.Column("last_order_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("identifier_id", name=op.f("pk_profile")),
    )
    op.create_table(
        "promise",
        sa.Column("promise_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(length=512), nullable=False),
        sa.Column(
            "said_in", sa.String(length=512), nullable=False, comment="the reply, post or poster that promised it"
        ),
        sa.Column("promised_at_us", sa.BigInteger(), nullable=False),
        sa.Column("due_at_us", sa.BigInteger(), nullable=False),
        sa.Column("kept_at_us", sa.BigInteger(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=False, comment="the message, order or shipment that kept it"),
        sa.Column("broken_because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("promise_id", name=op.f("pk_promise")),
    )
    op.create_index(op.f("ix_promise_identifier_id"), "promise", ["identifier_id"], unique=False)
    op.create_index("ix_promise_open", "promise", ["kept_at_us", "due_at_us"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("proposal_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("play", sa.String(length=128), nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="JSON of the content; no personal fields, only slots"
        ),
        sa.Column("expected_value_minor", sa.Float(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("personal", sa.SmallInteger(), nullable=False),
        sa.Column("proposed_at_us", sa.BigInteger(), nullable=False),
        sa.Column("due_at_us", sa.BigInteger(), nullable=False),
        sa.Column("deadline_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False, comment="waiting, approved, held, denied, expired"),
        sa.Column("rule", sa.String(length=64), nullable=False, comment="the rule that held or denied it"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False, comment="JSON: counters and facts behind the verdict"),
        sa.Column("judged_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_proposal")),
    )
    op.create_index("ix_proposal_due", "proposal", ["state", "due_at_us"], unique=False)
    op.create_index(op.f("ix_proposal_identifier_id"), "proposal", ["identifier_id"], unique=False)
    op.create_index("ix_proposal_judged", "proposal", ["judged_at_us"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("source", sa.String(length=512), nullable=False, comment="file name or HTTP route"),
        sa.Column(
            "line", sa.Integer(), nullable=False, comment="1 is the first data row; position in the batch for HTTP"
        ),
        sa.Column("heading", sa.String(length=64), nullable=False, comment="what kind of fault, to count by"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False, comment="JSON of the row, encrypted: it may be personal"),
        sa.Column("mapping", sa.Text(), nullable=False, comment="JSON: how it was read, so that it can be read again"),
        sa.Column("set_aside_at_us", sa.BigInteger(), nullable=False),
        sa.Column("replayed_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("quarantine_id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_source"), "quarantine", ["source"], unique=False)
    op.create_table(
        "rehomed",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("was_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_rehomed")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "relation",
        sa.Column(
            "identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=512), nullable=False),
        sa.Column("staff", sa.String(length=512), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=True, comment="when it ended; empty while it holds"),
        sa.Column("source_code", sa.String(length=512), nullable=False),
        sa.PrimaryKeyConstraint("identifier_id", "channel", "account", "staff", name=op.f("pk_relation")),
    )
    op.create_index("ix_relation_staff", "relation", ["channel", "account", "staff"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("task", sa.String(length=512), nullable=False),
        sa.Column("at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("task", "at_us", name=op.f("pk_reminder")),
    )
    op.create_table(
        "reward",
        sa.Column(
            "reward_id",
            sa.LargeBinary(length=16),
            nullable=False,
            comment="derived from campaign and invitee: one reward for one invitee",
        ),
        sa.Column("campaign", sa.String(length=128), nullable=False),
        sa.Column("inviter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("invitee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("joined_at_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column(
            "step",
            sa.String(length=16),
            nullable=False,
            comment="the last decision: wait, review, mature, forfeit, claw_back",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="in words, for the inviter"),
        sa.Column("next_at_us", sa.BigInteger(), nullable=False, comment="when to look again"),
        sa.Column("settled_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("reward_id", name=op.f("pk_reward")),
    )
    op.create_index("ix_reward_due", "reward", ["campaign", "next_at_us"], unique=False)
    op.create_index(op.f("ix_reward_invitee_id"), "reward", ["invitee_id"], unique=False)
    op.create_index(op.f("ix_reward_inviter_id"), "reward", ["inviter_id"], unique=False)
    op.create_table(
        "rhythm",
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("purchase_days", sa.Integer(), nullable=False),
        sa.Column("last_at_us", sa.BigInteger(), nullable=False),
        sa.Column("median_gap_days", sa.Float(), nullable=False, comment="0 with fewer than two purchase days"),
        sa.Column("measured_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_rhythm")),
    )
    op.create_table(
        "rights_request",
        sa.Column("request_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="export, correct, erase, withdraw, explain"),
        sa.Column(
            "subject", sa.LargeBinary(length=16), nullable=False, comment="keyed hash of the identifier that asked"
        ),
        sa.Column("opened_at_us", sa.BigInteger(), nullable=False),
        sa.Column("due_at_us", sa.BigInteger(), nullable=False),
        sa.Column("done_at_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "proof", sa.Text(), nullable=False, comment="JSON: what was done, counted; a digest of what was handed over"
        ),
        sa.Column("identifiers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_rights_request")),
    )
    op.create_index(op.f("ix_rights_request_subject"), "rights_request", ["subject"], unique=False)
    op.create_table(
        "score",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("scored_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "person_id", name=op.f("pk_score")),
    )
    op.create_table(
        "segment",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="as it was written"),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.Column("refreshed_at_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "marks", sa.LargeBinary(), nullable=False, comment="JSON: bucket to what it held at the last refresh"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_segment")),
    )
    op.create_table(
        "segment_member",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "person_id", name=op.f("pk_segment_member")),
    )
    op.create_table(
        "set_apart",
        sa.Column(
            "identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("why", sa.String(length=32), nullable=False, comment="shared, staff, test"),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("identifier_id", name=op.f("pk_set_apart")),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "spend",
        sa.Column(
            "spend_id",
            sa.LargeBinary(length=16),
            nullable=False,
            comment="derived from day, channel, account, campaign, ad, source code",
        ),
        sa.Column(
            "day_us", sa.BigInteger(), nullable=False, comment="the first microsecond of the day on the brand's clock"
        ),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=512), nullable=False),
        sa.Column("campaign", sa.String(length=512), nullable=False),
        sa.Column("ad", sa.String(length=512), nullable=False),
        sa.Column(
            "source_code", sa.String(length=512), nullable=False, comment="joins it to touches that came through it"
        ),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=True),
        sa.Column("clicks", sa.BigInteger(), nullable=True),
        sa.Column("leads", sa.BigInteger(), nullable=True),
        sa.Column("known_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("spend_id", name=op.f("pk_spend")),
    )
    op.create_index("ix_spend_source", "spend", ["source_code", "day_us"], unique=False)
    op.create_table(
        "tag",
        sa.Column(
            "identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "until_us", sa.BigInteger(), nullable=True, comment="when it expires or was taken off; empty: it holds"
        ),
        sa.PrimaryKeyConstraint("identifier_id", "name", "source", name=op.f("pk_tag")),
    )
    op.create_table(
        "token",
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False, comment="empty before the first fetch"),
        sa.Column("ends_at_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "leased_until_us", sa.BigInteger(), nullable=False, comment="on the machine's clock; 0: nobody is fetching"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_token")),
    )
    op.create_table(
        "touch",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("touch_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column(
            "identifier_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="0: an account event, nobody in it",
        ),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=512), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("happened_at_us", sa.BigInteger(), nullable=False),
        sa.Column("received_at_us", sa.BigInteger(), nullable=False),
        sa.Column("scene", sa.String(length=512), nullable=False),
        sa.Column("source_code", sa.String(length=512), nullable=False),
        sa.Column("content_id", sa.String(length=512), nullable=False),
        sa.Column("staff", sa.String(length=512), nullable=False),
        sa.Column("about", sa.String(length=512), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("properties", sa.LargeBinary(), nullable=False, comment="JSON object, nothing personal in it"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_touch")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "touch_id",
        sa.Column("touch_id", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("touch_id", name=op.f("pk_touch_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "vault",
        sa.Column(
            "identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("field", sa.String(length=64), nullable=False, comment="identifier, name, phone, address …"),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("known_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("identifier_id", "field", name=op.f("pk_vault")),
    )
    op.create_table(
        "vault_key",
        sa.Column(
            "identifier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("master", sa.String(length=32), nullable=False, comment="which master key wrapped it"),
        sa.PrimaryKeyConstraint("identifier_id", name=op.f("pk_vault_key")),
    )
    for statement in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Drop every table."""
    op.drop_table("vault_key")
    op.drop_table("vault")
    op.drop_table("touch_id")
    op.drop_table("touch")
    op.drop_table("token")
    op.drop_table("tag")
    op.drop_index("ix_spend_source", table_name="spend")
    op.drop_table("spend")
    op.drop_table("setting")
    op.drop_table("set_apart")
    op.drop_table("segment_member")
    op.drop_table("segment")
    op.drop_table("score")
    op.drop_index(op.f("ix_rights_request_subject"), table_name="rights_request")
    op.drop_table("rights_request")
    op.drop_table("rhythm")
    op.drop_index(op.f("ix_reward_inviter_id"), table_name="reward")
    op.drop_index(op.f("ix_reward_invitee_id"), table_name="reward")
    op.drop_index("ix_reward_due", table_name="reward")
    op.drop_table("reward")
    op.drop_table("reminder")
    op.drop_index("ix_relation_staff", table_name="relation")
    op.drop_table("relation")
    op.drop_table("rehomed")
    op.drop_index(op.f("ix_quarantine_source"), table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_index("ix_proposal_judged", table_name="proposal")
    op.drop_index(op.f("ix_proposal_identifier_id"), table_name="proposal")
    op.drop_index("ix_proposal_due", table_name="proposal")
    op.drop_table("proposal")
    op.drop_index("ix_promise_open", table_name="promise")
    op.drop_index(op.f("ix_promise_identifier_id"), table_name="promise")
    op.drop_table("promise")
    op.drop_table("profile")
    op.drop_table("portrait")
    op.drop_table("pause")
    op.drop_index("ix_message_person", table_name="message")
    op.drop_index(op.f("ix_message_identifier_id"), table_name="message")
    op.drop_index("ix_message_due", table_name="message")
    op.drop_table("message")
    op.drop_table("live_code_sent")
    op.drop_table("live_code_group")
    op.drop_table("live_code")
    op.drop_index("ix_ledger_posting_identifier", table_name="ledger_posting")
    op.drop_table("ledger_posting")
    op.drop_table("ledger_entry")
    op.drop_table("ledger_balance")
    op.drop_table("last_word")
    op.drop_index(op.f("ix_journey_version_name"), table_name="journey_version")
    op.drop_table("journey_version")
    op.drop_index(op.f("ix_journey_task_identifier_id"), table_name="journey_task")
    op.drop_table("journey_task")
    op.drop_index("ix_journey_run_due", table_name="journey_run")
    op.drop_table("journey_run")
    op.drop_table("journey_rehomed")
    op.drop_table("journey_mark")
    op.drop_index(op.f("ix_journey_call_next_at_us"), table_name="journey_call")
    op.drop_table("journey_call")
    op.drop_table("journey")
    op.drop_index(op.f("ix_invite_code_identifier_id"), table_name="invite_code")
    op.drop_table("invite_code")
    op.drop_index(op.f("ix_invite_invitee_id"), table_name="invite")
    op.drop_index(op.f("ix_invite_code"), table_name="invite")
    op.drop_table("invite")
    op.drop_index(op.f("ix_identifier_person_id"), table_name="identifier")
    op.drop_table("identifier")
    op.drop_table("flush")
    op.drop_table("fission_campaign")
    op.drop_index(op.f("ix_evidence_withdraws"), table_name="evidence")
    op.drop_index(op.f("ix_evidence_right_id"), table_name="evidence")
    op.drop_index(op.f("ix_evidence_left_id"), table_name="evidence")
    op.drop_table("evidence")
    op.drop_index(op.f("ix_consent_identifier_id"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_conflict_right_id"), table_name="conflict")
    op.drop_index(op.f("ix_conflict_left_id"), table_name="conflict")
    op.drop_table("conflict")
    op.drop_index("ix_comment_lead_open", table_name="comment_lead")
    op.drop_index(op.f("ix_comment_lead_identifier_id"), table_name="comment_lead")
    op.drop_table("comment_lead")
    op.drop_table("channel_account")
    op.drop_table("assignment")
    op.drop_table("api_key")
