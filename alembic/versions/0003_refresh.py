"""Refreshing and deletions: numbers of items, when they are read again; audiences; the desk's name."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

NUMBER_POSTS = {
    "sqlite": (
        "UPDATE item SET position = CAST(external_id AS INTEGER) WHERE kind IN ('post', 'service') "
        "AND external_id NOT GLOB '*[^0-9]*' AND length(external_id) BETWEEN 1 AND 18"
    ),
    "postgresql": (
        "UPDATE item SET position = CAST(external_id AS BIGINT) WHERE kind IN ('post', 'service') "
        "AND external_id ~ '^[0-9]{1,18}$'"
    ),
}


def upgrade() -> None:
    op.add_column("item", sa.Column("position", ROW_ID, nullable=True))
    op.add_column("item", sa.Column("refresh_at", MOMENT, nullable=True))
    op.add_column("item", sa.Column("missing_since", MOMENT, nullable=True))
    op.add_column("source", sa.Column("pace", sa.Float(), nullable=True))
    _number_posts()
    _create_indexes()
    _create_audience()
    _free_the_name_of_the_desk()


def downgrade() -> None:
    raise NotImplementedError("a database is never taken back to an older schema")


def _number_posts() -> None:
    op.execute(NUMBER_POSTS[op.get_bind().dialect.name])


def _create_indexes() -> None:
    for name in ("position", "refresh_at"):
        stands = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            op.f(f"ix_item_source_id_{name}"),
            "item",
            ["source_id", name],
            sqlite_where=stands,
            postgresql_where=stands,
        )
    op.drop_index(op.f("ix_item_published_at"), table_name="item")
    op.create_index(
        op.f("ix_item_source_id_published_at_first_seen_at"),
        "item",
        ["source_id", "published_at", "first_seen_at"],
    )


def _create_audience() -> None:
    op.create_table(
        "audience",
        sa.Column("source_id", ROW_ID, nullable=False),
        sa.Column("observed_at", MOMENT, nullable=False),
        sa.Column("subscribers", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_audience_source_id_source")),
        sa.PrimaryKeyConstraint("source_id", "observed_at", name=op.f("pk_audience")),
        sqlite_with_rowid=False,
    )


def _free_the_name_of_the_desk() -> None:
    """A source of that name rests; under a new one, which no configuration can give, it is still read."""
    op.execute(
        "UPDATE source SET config_id = 'groundswell (before 0003)', active = false "
        "WHERE config_id = 'groundswell'"
    )
