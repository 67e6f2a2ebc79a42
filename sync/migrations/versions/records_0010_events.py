"""Events, and the steps of their loop."""

import sqlalchemy as sa
from alembic import op

revision = "records_0010"
down_revision = "records_0009"
branch_labels = None
depends_on = None

REFERENCES = {
    "event": ("grid", "resident", "reporter"),
    "event_step": ("event", "follows", "joined_to"),
}


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("what", sa.Text(), nullable=True),
        sa.Column("event_kind", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("duty", sa.Text(), nullable=True),
        sa.Column("line", sa.Text(), nullable=True),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("resident", sa.Text(), nullable=True),
        sa.Column("reporter", sa.Text(), nullable=True),
        sa.Column("reported_by", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("found_at", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_event")),
    )
    op.create_table(
        "event_step",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("follows", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("to_whom", sa.Text(), nullable=True),
        sa.Column("joined_to", sa.Text(), nullable=True),
        sa.Column("satisfaction", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_event_step")),
    )
    for table, names in REFERENCES.items():
        for name in names:
            filled = sa.text(f"{name} IS NOT NULL")
            op.create_index(
                op.f(f"ix_{table}_area_{name}"),
                table,
                ["area", name],
                unique=False,
                sqlite_where=filled,
                postgresql_where=filled,
            )


def downgrade() -> None:
    for table, names in reversed(REFERENCES.items()):
        for name in names:
            op.drop_index(op.f(f"ix_{table}_area_{name}"), table_name=table)
        op.drop_table(table)
