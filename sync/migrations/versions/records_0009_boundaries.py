"""Boundaries of grids: where on the ground each lies."""

import sqlalchemy as sa
from alembic import op

revision = "records_0009"
down_revision = "records_0008"
branch_labels = None
depends_on = None

FILLED = sa.text("grid IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "grid_boundary",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("shape", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_crs", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_grid_boundary")),
    )
    op.create_index(
        op.f("ix_grid_boundary_area_grid"),
        "grid_boundary",
        ["area", "grid"],
        unique=False,
        sqlite_where=FILLED,
        postgresql_where=FILLED,
    )


def downgrade() -> None:
    op.drop_index(
        op.f("ix_grid_boundary_area_grid"),
        table_name="grid_boundary",
        sqlite_where=FILLED,
        postgresql_where=FILLED,
    )
    op.drop_table("grid_boundary")
