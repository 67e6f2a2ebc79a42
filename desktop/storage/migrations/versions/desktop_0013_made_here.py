"""Which records this PC has made, so that their history can name it."""

import sqlalchemy as sa
from alembic import op

revision = "desktop_0013"
down_revision = "desktop_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "made_here",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_made_here")),
    )
    op.create_index(op.f("ix_made_here_kind"), "made_here", ["kind"])


def downgrade() -> None:
    op.drop_table("made_here")
