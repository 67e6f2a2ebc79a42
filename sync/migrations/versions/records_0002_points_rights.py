"""Points are spent by a right that each PC has: whose right an entry changes, handovers, requests.

Entries of before belong to the county's pool, out of which every PC of the village may ask.
"""

import sqlalchemy as sa
from alembic import op

revision = "records_0002"
down_revision = "records_0001"
branch_labels = None
depends_on = None

_KINDS = {
    "points_handover": ("from_device", "to_device"),
    "points_request": ("device",),
}


def upgrade() -> None:
    op.add_column("points_entry", sa.Column("device", sa.Text(), nullable=True))
    for kind, devices in _KINDS.items():
        op.create_table(
            kind,
            sa.Column("area", sa.Text(), nullable=False),
            sa.Column("id", sa.Text(), nullable=False),
            sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
            sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
            sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
            sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
            sa.Column("subject", sa.Text(), nullable=True),
            *(sa.Column(name, sa.Text(), nullable=True) for name in devices),
            sa.Column("points", sa.BigInteger(), nullable=True),
            sa.Column("note", sa.Text(), nullable=True),
            sa.PrimaryKeyConstraint("area", "id", name=op.f(f"pk_{kind}")),
        )
        op.create_index(
            op.f(f"ix_{kind}_area_subject"),
            kind,
            ["area", "subject"],
            unique=False,
            sqlite_where=sa.text("subject IS NOT NULL"),
            postgresql_where=sa.text("subject IS NOT NULL"),
        )


def downgrade() -> None:
    for kind in _KINDS:
        op.drop_index(
            op.f(f"ix_{kind}_area_subject"),
            table_name=kind,
            sqlite_where=sa.text("subject IS NOT NULL"),
            postgresql_where=sa.text("subject IS NOT NULL"),
        )
        op.drop_table(kind)
    op.drop_column("points_entry", "device")
