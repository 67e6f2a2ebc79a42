"""Codes of grids: what was given, and how far the serials of each village have come."""

import sqlalchemy as sa
from alembic import op

revision = "server_0007"
down_revision = "server_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grid_code",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("grid", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("area", "code", name=op.f("pk_grid_code")),
    )
    op.create_table(
        "grid_serial",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("era", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("area", name=op.f("pk_grid_serial")),
    )
    # What offices have typed so far; of two grids, one deleted, the live one has it.
    op.execute(
        "INSERT INTO grid_code (area, code, grid) SELECT area, code, min(id) FROM grid AS g"
        " WHERE code IS NOT NULL AND deleted = ("
        "SELECT min(deleted) FROM grid AS o WHERE o.area = g.area AND o.code = g.code)"
        " GROUP BY area, code"
    )


def downgrade() -> None:
    op.drop_table("grid_serial")
    op.drop_table("grid_code")
