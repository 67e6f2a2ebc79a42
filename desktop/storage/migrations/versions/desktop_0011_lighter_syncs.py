"""Which records the search index finds by older words, until it is brought up to date; and whether
this PC has all that it has read past, so that it need only be told what was edited since."""

import sqlalchemy as sa
from alembic import op

revision = "desktop_0011"
down_revision = "desktop_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reworded",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_reworded")),
    )
    op.add_column(
        "cursor", sa.Column("whole", sa.SmallInteger(), nullable=False, server_default=sa.text("0"))
    )


def downgrade() -> None:
    op.drop_column("cursor", "whole")
    op.drop_table("reworded")
