"""What of the photos and documents on this PC the county does not have yet."""

import sqlalchemy as sa
from alembic import op

revision = "desktop_0006"
down_revision = "desktop_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transfer",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_transfer")),
    )


def downgrade() -> None:
    op.drop_table("transfer")
