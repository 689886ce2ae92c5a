"""Sources: what stands for their options, so that a mended one is known by it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("options_digest", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back to an older schema")
