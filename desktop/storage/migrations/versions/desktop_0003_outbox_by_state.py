"""An index of the outbox by state: what waits is counted and found without reading what it says."""

from alembic import op

revision = "desktop_0003"
down_revision = "desktop_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_outbox_state_number"), "outbox", ["state", "number"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_state_number"), table_name="outbox")
