"""Deleted households and residents are found at once: they are taken off each count of a grid."""

import sqlalchemy as sa
from alembic import op

revision = "records_0011"
down_revision = "records_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    gone = sa.text("deleted <> 0")
    for table in ("household", "resident"):
        op.create_index(
            f"ix_{table}_gone", table, ["area"], sqlite_where=gone, postgresql_where=gone
        )


def downgrade() -> None:
    for table in ("household", "resident"):
        op.drop_index(f"ix_{table}_gone", table)
