"""Files that left on a stick."""

import sqlalchemy as sa
from alembic import op

revision = "desktop_0007"
down_revision = "desktop_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "courier",
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("county_time", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("file", name=op.f("pk_courier")),
    )


def downgrade() -> None:
    op.drop_table("courier")
