"""The first schema: sources, items and their revisions, rules and alerts, the outbox, full-text search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _create_source()
    _create_incident()
    _create_timer()
    _create_item()
    _create_capture()
    _create_revision()
    _create_media()
    _create_derived_text()
    _create_reading()
    _create_origin_key()
    _create_seen()
    _create_purged()
    _create_rule()
    _create_rule_version()
    _create_alert()
    _create_match()
    _create_alert_label()
    _create_notification()
    _create_delivery()
    _create_search()


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first schema")


def _create_source() -> None:
    op.create_table(
        "source",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("config_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=True),
        sa.Column("cursor", JSON, nullable=False),
        sa.Column("backfill_cursor", JSON, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first_polled_at", MOMENT, nullable=True),
        sa.Column("last_attempt_at", MOMENT, nullable=True),
        sa.Column("last_success_at", MOMENT, nullable=True),
        sa.Column("last_new_at", MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("next_due_at", MOMENT, nullable=False),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("lease_worker", sa.Text(), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("labels", JSON, nullable=True),
        sa.Column("subscribers", ROW_ID, nullable=True),
        sa.Column("subscribers_raw", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("config_id", name=op.f("uq_source_config_id")),
        sa.UniqueConstraint("native_id", name=op.f("uq_source_native_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_source_next_due_at"), "source", ["next_due_at"], unique=False)


def _create_incident() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_incident_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_source_id_kind"), "incident", ["source_id", "kind"], unique=False)
    op.create_index(
        "uq_incident_open",
        "incident",
        ["source_id", "kind"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _create_timer() -> None:
    op.create_table(
        "timer",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_timer")),
    )
    op.create_index(op.f("ix_timer_due_at"), "timer", ["due_at"], unique=False)


def _create_item() -> None:
    op.create_table(
        "item",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("source_id", ROW_ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("published_raw", sa.Text(), nullable=True),
        sa.Column("published_precision", sa.Text(), nullable=True),
        sa.Column("published_basis", sa.Text(), nullable=True),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("origin_id", ROW_ID, nullable=True),
        sa.Column("forward_channel", sa.Text(), nullable=True),
        sa.Column("forward_title", sa.Text(), nullable=True),
        sa.Column("forward_message_id", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("latest_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["origin_id"], ["item.id"], name=op.f("fk_item_origin_id_item")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_item_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("source_id", "external_id", name=op.f("uq_item_source_id_external_id")),
    )
    op.create_index(op.f("ix_item_first_seen_at"), "item", ["first_seen_at"], unique=False)
    op.create_index(op.f("ix_item_origin_id"), "item", ["origin_id"], unique=False)
    op.create_index(op.f("ix_item_published_at"), "item", ["published_at"], unique=False)


def _create_capture() -> None:
    op.create_table(
        "capture",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_capture")),
    )


def _create_revision() -> None:
    op.create_table(
        "revision",
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("observed_at", MOMENT, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("declared_language", sa.Text(), nullable=True),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("modified_at", MOMENT, nullable=True),
        sa.Column("has", JSON, nullable=False),
        sa.Column("flags", JSON, nullable=False),
        sa.Column("links", JSON, nullable=False),
        sa.Column("analysis_version", sa.Integer(), nullable=False),
        sa.Column("capture_sha256", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["capture_sha256"], ["capture.sha256"], name=op.f("fk_revision_capture_sha256_capture")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_revision_item_id_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "seq", name=op.f("pk_revision")),
    )
    op.create_index(op.f("ix_revision_capture_sha256"), "revision", ["capture_sha256"], unique=False)
    op.create_index(op.f("ix_revision_fingerprint"), "revision", ["fingerprint"], unique=False)


def _create_media() -> None:
    op.create_table(
        "media",
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=True),
        sa.Column("duration_ms", ROW_ID, nullable=True),
        sa.Column("size", ROW_ID, nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("perceptual_hash", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id", "seq"],
            ["revision.item_id", "revision.seq"],
            name=op.f("fk_media_item_id_seq_revision"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("item_id", "seq", "position", name=op.f("pk_media")),
    )
    op.create_index(op.f("ix_media_native_id"), "media", ["native_id"], unique=False)
    op.create_index(op.f("ix_media_perceptual_hash"), "media", ["perceptual_hash"], unique=False)


def _create_derived_text() -> None:
    op.create_table(
        "derived_text",
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("producer", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id", "seq"],
            ["revision.item_id", "revision.seq"],
            name=op.f("fk_derived_text_item_id_seq_revision"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "item_id", "seq", "kind", "language", "producer", name=op.f("pk_derived_text")
        ),
    )


def _create_reading() -> None:
    op.create_table(
        "reading",
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.Column("observed_at", MOMENT, nullable=False),
        sa.Column("views", ROW_ID, nullable=True),
        sa.Column("forwards", ROW_ID, nullable=True),
        sa.Column("replies", ROW_ID, nullable=True),
        sa.Column("reactions", JSON, nullable=False),
        sa.Column("raw", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_reading_item_id_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "observed_at", name=op.f("pk_reading")),
        sqlite_with_rowid=False,
    )


def _create_origin_key() -> None:
    op.create_table(
        "origin_key",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_origin_key_item_id_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_origin_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_origin_key_item_id"), "origin_key", ["item_id"], unique=False)


def _create_seen() -> None:
    op.create_table(
        "seen",
        sa.Column("source_id", ROW_ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_seen_source_id_source")),
        sa.PrimaryKeyConstraint("source_id", "external_id", "text_hash", name=op.f("pk_seen")),
        sqlite_with_rowid=False,
    )


def _create_purged() -> None:
    op.create_table(
        "purged",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("purged_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_purged")),
    )


def _create_rule() -> None:
    op.create_table(
        "rule",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
    )


def _create_rule_version() -> None:
    op.create_table(
        "rule_version",
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name=op.f("fk_rule_version_rule_id_rule")),
        sa.PrimaryKeyConstraint("rule_id", "version", name=op.f("pk_rule_version")),
    )


def _create_alert() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("source_id", ROW_ID, nullable=False),
        sa.Column("item_id", ROW_ID, nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("labels", JSON, nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("told_copies", sa.Integer(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_alert_item_id_item"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_alert_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "rule_id",
            "subject_kind",
            "subject_key",
            "episode",
            name=op.f("uq_alert_rule_id_subject_kind_subject_key_episode"),
        ),
    )
    op.create_index(op.f("ix_alert_item_id"), "alert", ["item_id"], unique=False)
    op.create_index(op.f("ix_alert_opened_at"), "alert", ["opened_at"], unique=False)
    op.create_index(op.f("ix_alert_source_id"), "alert", ["source_id"], unique=False)
    op.create_index(
        op.f("ix_alert_subject_kind_subject_key"), "alert", ["subject_kind", "subject_key"], unique=False
    )
    op.create_index(op.f("ix_alert_updated_at"), "alert", ["updated_at"], unique=False)


def _create_match() -> None:
    op.create_table(
        "match",
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("matched_at", MOMENT, nullable=False),
        sa.Column("spans", JSON, nullable=False),
        sa.Column("reading_at", MOMENT, nullable=True),
        sa.Column("alert_id", sa.Text(), nullable=True),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_match_alert_id_alert"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "seq"],
            ["revision.item_id", "revision.seq"],
            name=op.f("fk_match_item_id_seq_revision"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("item_id", "seq", "rule_id", "rule_version", name=op.f("pk_match")),
    )
    op.create_index(op.f("ix_match_alert_id"), "match", ["alert_id"], unique=False)
    op.create_index(op.f("ix_match_rule_id_matched_at"), "match", ["rule_id", "matched_at"], unique=False)


def _create_alert_label() -> None:
    op.create_table(
        "alert_label",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("labelled_by", sa.Text(), nullable=True),
        sa.Column("labelled_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_alert_label_alert_id_alert"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_label")),
    )
    op.create_index(op.f("ix_alert_label_alert_id"), "alert_label", ["alert_id"], unique=False)


def _create_notification() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("send_after", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_claimed_at", MOMENT, nullable=True),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("lease_worker", sa.Text(), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("settled_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_notification_alert_id_alert"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
    )
    op.create_index(op.f("ix_notification_alert_id"), "notification", ["alert_id"], unique=False)
    op.create_index(op.f("ix_notification_delivery_id"), "notification", ["delivery_id"], unique=False)
    op.create_index(
        op.f("ix_notification_status_receiver_group_key"),
        "notification",
        ["status", "receiver", "group_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_notification_status_send_after"), "notification", ["status", "send_after"], unique=False
    )


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("notifications", sa.Integer(), nullable=False),
        sa.Column("settled_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id", "attempt", name=op.f("pk_delivery")),
    )
    op.create_index(op.f("ix_delivery_settled_at"), "delivery", ["settled_at"], unique=False)


def _create_search() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE item_search "
            "USING fts5(document, tokenize = 'unicode61 remove_diacritics 0')"
        )
        return
    op.execute(
        "CREATE TABLE item_search ("
        "item_id BIGINT PRIMARY KEY REFERENCES item (id) ON DELETE CASCADE, document TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_item_search_document ON item_search USING gin (document)")
