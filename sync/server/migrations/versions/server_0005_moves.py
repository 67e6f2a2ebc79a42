"""Devices that change their area, records that move, villages that are merged."""

import sqlalchemy as sa
from alembic import op

revision = "server_0005"
down_revision = "server_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "left_area",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("left_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("area", "device", name=op.f("pk_left_area")),
    )
    op.create_index(op.f("ix_left_area_device"), "left_area", ["device"])
    op.create_table(
        "moved_record",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("new_area", sa.Text(), nullable=False),
        sa.Column("new_revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("area", "kind", "record", name=op.f("pk_moved_record")),
    )
    op.create_table(
        "merged_area",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("new_area", sa.Text(), nullable=False),
        sa.Column("merged_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("area", name=op.f("pk_merged_area")),
    )


def downgrade() -> None:
    op.drop_table("merged_area")
    op.drop_table("moved_record")
    op.drop_index(op.f("ix_left_area_device"), table_name="left_area")
    op.drop_table("left_area")
