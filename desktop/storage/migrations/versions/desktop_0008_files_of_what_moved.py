"""Which files belong to records that moved to another village: they are handed in, then removed."""

import sqlalchemy as sa
from alembic import op

revision = "desktop_0008"
down_revision = "desktop_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moved = sa.Column("moved", sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
    op.add_column("transfer", moved)


def downgrade() -> None:
    op.drop_column("transfer", "moved")
