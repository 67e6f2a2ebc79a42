"""The server's first tables: numbers by area, handled changes, devices, one-time codes."""

import sqlalchemy as sa
from alembic import op

revision = "server_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area_head",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("area", name=op.f("pk_area_head")),
    )
    op.create_table(
        "change_log",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.Column("previous", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("area", "change", name=op.f("pk_change_log")),
    )
    op.create_index(
        op.f("ix_change_log_area_revision"), "change_log", ["area", "revision"], unique=True
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("enrolled_at", sa.Text(), nullable=False),
        sa.Column("last_seen_at", sa.Text(), nullable=False),
        sa.Column("revoked", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    op.create_index(op.f("ix_device_token_hash"), "device", ["token_hash"], unique=True)
    op.create_table(
        "enrol_code",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_enrol_code")),
    )


def downgrade() -> None:
    op.drop_table("enrol_code")
    op.drop_index(op.f("ix_device_token_hash"), table_name="device")
    op.drop_table("device")
    op.drop_index(op.f("ix_change_log_area_revision"), table_name="change_log")
    op.drop_table("change_log")
    op.drop_table("area_head")
