"""What is being sent is told by its place in the outbox, no longer marked record by record."""

from alembic import op

revision = "desktop_0010"
down_revision = "desktop_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a sync that was killed left marked is at the county, or waits again."""
    op.execute(
        "DELETE FROM standing WHERE state = 'sending'"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.record = standing.record)"
    )
    op.execute("UPDATE standing SET state = 'waiting' WHERE state = 'sending'")


def downgrade() -> None:
    """An older program marks what it sends itself."""
