"""Channels that an account reads: whether their posts are heard at once."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("live", sa.Boolean(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back to an older schema")
