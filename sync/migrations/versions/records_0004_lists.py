"""Lists that the county publishes."""

import sqlalchemy as sa
from alembic import op

revision = "records_0004"
down_revision = "records_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_item",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("retired", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_list_item")),
    )
    filled = sa.text("list_name IS NOT NULL")
    op.create_index(
        op.f("ix_list_item_area_list_name"),
        "list_item",
        ["area", "list_name"],
        unique=False,
        sqlite_where=filled,
        postgresql_where=filled,
    )


def downgrade() -> None:
    op.drop_index("ix_list_item_area_list_name", table_name="list_item")
    op.drop_table("list_item")
