"""Database histories: how each set of tables comes to be and moves on, by Alembic.

Three histories live side by side in one database, each with its own version table and folder of
versions: the records (here, for both ends), the desktop's own tables, the server's own tables.
"""

from sync.migrations.history import (
    RECORDS,
    DatabaseTooNew,
    History,
    downgrade,
    is_current,
    upgrade,
)

__all__ = ["RECORDS", "DatabaseTooNew", "History", "downgrade", "is_current", "upgrade"]
