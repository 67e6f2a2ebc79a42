"""Up to which number the county remembered, when it began the era of a cursor."""

import sqlalchemy as sa
from alembic import op

revision = "desktop_0014"
down_revision = "desktop_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cursor", sa.Column("since", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )


def downgrade() -> None:
    with op.batch_alter_table("cursor") as batch:
        batch.drop_column("since")
