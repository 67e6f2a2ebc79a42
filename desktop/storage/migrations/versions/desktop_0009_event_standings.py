"""Where each event stands, beside the records."""

import sqlalchemy as sa
from alembic import op

revision = "desktop_0009"
down_revision = "desktop_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_standing",
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=True),
        sa.Column("due_certain", sa.SmallInteger(), nullable=False),
        sa.Column("reported_at", sa.Text(), nullable=True),
        sa.Column("disposed_at", sa.Text(), nullable=True),
        sa.Column("fed_back_at", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("late", sa.SmallInteger(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("without_effect", sa.Integer(), nullable=False),
        sa.Column("last_step", sa.Text(), nullable=True),
        sa.Column("last_at", sa.Text(), nullable=True),
        sa.Column("joined_to", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_event_standing")),
    )
    op.create_index(op.f("ix_event_standing_state_due_at"), "event_standing", ["state", "due_at"])
    op.create_index(op.f("ix_event_standing_reported_at"), "event_standing", ["reported_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_event_standing_reported_at"), table_name="event_standing")
    op.drop_index(op.f("ix_event_standing_state_due_at"), table_name="event_standing")
    op.drop_table("event_standing")
