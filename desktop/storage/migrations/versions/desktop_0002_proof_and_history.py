"""What this PC holds, in sums; the eras of its cursors; the history of records."""

import sqlalchemy as sa
from alembic import op

from sync.proof import moved

revision = "desktop_0002"
down_revision = "desktop_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cursor", sa.Column("era", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    holding = op.create_table(
        "holding",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("area", "kind", name=op.f("pk_holding")),
    )
    op.create_table(
        "history",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("fields_json", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_area_revision"), "history", ["area", "revision"], unique=True)
    op.create_index(op.f("ix_history_record"), "history", ["record"], unique=False)
    _sum_up(holding)


def downgrade() -> None:
    op.drop_table("history")
    op.drop_table("holding")
    with op.batch_alter_table("cursor") as batch:
        batch.drop_column("era")


def _sum_up(holding: sa.Table) -> None:
    """Fill the sums from the records that are there; what the county has not yet has revision 0."""
    connection = op.get_bind()
    columns = ("area", "id", "revision")
    inspector = sa.inspect(connection)
    for kind in inspector.get_table_names():
        if {*columns} <= {column["name"] for column in inspector.get_columns(kind)}:
            record = sa.table(kind, *map(sa.column, columns))
            areas = connection.execute(sa.select(record.c.area).distinct()).scalars().all()
            for area in areas:
                held = sa.select(record.c.id, record.c.revision).where(record.c.area == area)
                records, checksum = moved((*row, 0) for row in connection.execute(held))
                row = {"area": area, "kind": kind, "records": records, "checksum": checksum}
                connection.execute(sa.insert(holding).values(row))
