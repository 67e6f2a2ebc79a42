"""What the county holds of each area, in sums, and the eras of its numbers."""

import sqlalchemy as sa
from alembic import op

from sync.proof import moved

revision = "server_0002"
down_revision = "server_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    holding = op.create_table(
        "holding",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("area", "kind", name=op.f("pk_holding")),
    )
    for name in ("era", "since", "start"):
        column = sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0"))
        op.add_column("area_head", column)
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


def downgrade() -> None:
    with op.batch_alter_table("area_head") as batch:
        for name in ("start", "since", "era"):
            batch.drop_column(name)
    op.drop_table("holding")
