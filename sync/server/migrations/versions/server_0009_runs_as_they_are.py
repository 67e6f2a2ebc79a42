"""PostgreSQL keeps the ids of a run as they are: no two are alike, and to try to make them shorter
cost more than all else that is logged of a first sync."""

from alembic import op

revision = "server_0009"
down_revision = "server_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _store("EXTERNAL")


def downgrade() -> None:
    _store("EXTENDED")


def _store(how: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE log_run ALTER COLUMN records SET STORAGE {how}")
