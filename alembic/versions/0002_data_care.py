"""Purging: a key for the desk's hashes, and the reason of a purge."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.add_column("purged", sa.Column("reason", sa.Text(), nullable=True))
    op.create_table(
        "desk_key",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("purpose", name=op.f("pk_desk_key")),
    )


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back to an older schema")
