"""Keys for files on a stick: each PC's public ones, the county's secret ones."""

import sqlalchemy as sa
from alembic import op

revision = "server_0006"
down_revision = "server_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "device",
        sa.Column("courier_keys", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    op.create_table(
        "county_keys",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_county_keys")),
    )


def downgrade() -> None:
    op.drop_table("county_keys")
    op.drop_column("device", "courier_keys")
