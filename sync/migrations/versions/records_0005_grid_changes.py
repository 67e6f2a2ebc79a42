"""Grids that are closed, and what was done to grids."""

import sqlalchemy as sa
from alembic import op

revision = "records_0005"
down_revision = "records_0004"
branch_labels = None
depends_on = None

NEW = ("state", "opened_on", "closed_on")


def upgrade() -> None:
    for name in NEW:
        op.add_column("grid", sa.Column(name, sa.Text(), nullable=True))
    # Both ends do the same, so they go on holding the same.
    op.execute("UPDATE grid SET state = 'open' WHERE deleted <> 2")
    op.create_table(
        "grid_change",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("change_type", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("changed_on", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("households", sa.BigInteger(), nullable=True),
        sa.Column("residents", sa.BigInteger(), nullable=True),
        sa.Column("sources", sa.Text(), nullable=True),
        sa.Column("results", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_grid_change")),
    )
    op.create_index(
        op.f("ix_grid_change_area_grid"),
        "grid_change",
        ["area", "grid"],
        unique=False,
        sqlite_where=sa.text("grid IS NOT NULL"),
        postgresql_where=sa.text("grid IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        op.f("ix_grid_change_area_grid"),
        table_name="grid_change",
        sqlite_where=sa.text("grid IS NOT NULL"),
        postgresql_where=sa.text("grid IS NOT NULL"),
    )
    op.drop_table("grid_change")
    for name in reversed(NEW):
        op.drop_column("grid", name)
