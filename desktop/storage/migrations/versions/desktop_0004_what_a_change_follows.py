"""Which changes of its record a waiting change was written on top of."""

import sqlalchemy as sa
from alembic import op

revision = "desktop_0004"
down_revision = "desktop_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "outbox",
        sa.Column("after_json", sa.Text(), nullable=False, server_default=sa.text("'[]'")),
    )
    # Until now a PC was one memory: whatever waited before was seen.
    op.execute(
        "UPDATE outbox SET after_json = (SELECT json_group_array(earlier.change)"
        " FROM outbox earlier"
        " WHERE earlier.record = outbox.record AND earlier.number < outbox.number)"
    )


def downgrade() -> None:
    op.drop_column("outbox", "after_json")
