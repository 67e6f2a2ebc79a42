"""Attachments: photos and documents that belong to a record."""

import sqlalchemy as sa
from alembic import op

revision = "records_0003"
down_revision = "records_0002"
branch_labels = None
depends_on = None

SOUGHT = ("record", "sha256")


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("taken_at", sa.Text(), nullable=True),
        sa.Column("latitude", sa.BigInteger(), nullable=True),
        sa.Column("longitude", sa.BigInteger(), nullable=True),
        sa.Column("thumbnail", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_attachment")),
    )
    for name in SOUGHT:
        filled = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            op.f(f"ix_attachment_area_{name}"),
            "attachment",
            ["area", name],
            unique=False,
            sqlite_where=filled,
            postgresql_where=filled,
        )


def downgrade() -> None:
    for name in SOUGHT:
        filled = sa.text(f"{name} IS NOT NULL")
        op.drop_index(
            op.f(f"ix_attachment_area_{name}"),
            table_name="attachment",
            sqlite_where=filled,
            postgresql_where=filled,
        )
    op.drop_table("attachment")
