"""PCs of the village by name; and all is read once more, for an older program has passed over the
fields that it did not know."""

import sqlalchemy as sa
from alembic import op

revision = "desktop_0005"
down_revision = "desktop_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "neighbour",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_neighbour")),
    )
    op.execute(sa.text("UPDATE cursor SET revision = 0"))


def downgrade() -> None:
    op.drop_table("neighbour")
