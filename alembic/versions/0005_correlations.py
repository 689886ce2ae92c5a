"""Correlations: when a match counts and until when, what an alert on several items rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

# Nothing happens after it was seen, whatever a source says.
DATE_MATCHES = (
    "UPDATE match SET happened_at = (SELECT CASE WHEN item.published_at < item.first_seen_at "
    "THEN item.published_at ELSE item.first_seen_at END FROM item WHERE item.id = match.item_id)"
)

NAME_LANGUAGES = (
    "UPDATE match SET language = (SELECT revision.language FROM revision "
    "WHERE revision.item_id = match.item_id AND revision.seq = match.seq)"
)

# Of a text that was edited after it matched it is not known whether it still would: it counts no more.
END_MATCHES_OF_OLD_TEXTS = (
    "UPDATE match SET ended_at = (SELECT min(revision.observed_at) FROM revision "
    "WHERE revision.item_id = match.item_id AND revision.seq > match.seq AND revision.text_hash <> "
    "(SELECT matched.text_hash FROM revision AS matched "
    "WHERE matched.item_id = match.item_id AND matched.seq = match.seq))"
)


def upgrade() -> None:
    op.add_column("match", sa.Column("happened_at", MOMENT, nullable=True))
    op.add_column("match", sa.Column("ended_at", MOMENT, nullable=True))
    op.add_column("match", sa.Column("language", sa.Text(), nullable=True))
    op.execute(DATE_MATCHES)
    op.execute(NAME_LANGUAGES)
    op.execute(END_MATCHES_OF_OLD_TEXTS)
    op.create_index(op.f("ix_match_rule_id_happened_at"), "match", ["rule_id", "happened_at"])
    op.add_column("alert", sa.Column("began_at", MOMENT, nullable=True))
    op.add_column("alert", sa.Column("lasted_until", MOMENT, nullable=True))
    _create_evidence()
    _create_correlation_group()


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back to an older schema")


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_evidence_alert_id_alert"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_evidence_item_id_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert_id", "position", name=op.f("pk_evidence")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_evidence_item_id"), "evidence", ["item_id"])


def _create_correlation_group() -> None:
    op.create_table(
        "correlation_group",
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("correlation_id", "subject_key", name=op.f("pk_correlation_group")),
        sqlite_with_rowid=False,
    )
