"""Where a village has one PC, the points of before may be spent there: there is nobody to ask."""

import sqlalchemy as sa
from alembic import op

revision = "server_0003"
down_revision = "server_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What a village with several PCs has from before lies in the pool: nobody can say where it was
    # earned and where it was spent, for until now all of it could be spent on each PC.
    op.execute(
        sa.text(
            "UPDATE points_entry SET device ="
            " (SELECT id FROM device WHERE device.area = points_entry.area)"
            " WHERE device IS NULL AND area IN"
            " (SELECT area FROM device GROUP BY area HAVING count(*) = 1)"
        )
    )


def downgrade() -> None:
    """The column goes with the records' own step."""
