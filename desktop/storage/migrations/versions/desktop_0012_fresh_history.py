"""What the last syncs told of changes, until it is laid into the history behind them."""

import sqlalchemy as sa
from alembic import op

revision = "desktop_0012"
down_revision = "desktop_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fresh_history",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_fresh_history")),
    )


def downgrade() -> None:
    op.drop_table("fresh_history")
