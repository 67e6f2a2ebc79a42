"""One Alembic history of a database, run from the program without Alembic's command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from sync.records import metadata


class DatabaseTooNew(Exception):
    """A newer program has moved the database on; this one must leave it untouched."""


@dataclass(frozen=True)
class History:
    """A set of tables and the folder whose ``versions`` bring them about."""

    name: str
    folder: Path
    metadata: MetaData

    @property
    def version_table(self) -> str:
        """Where the database notes how far this history has come."""
        return f"history_{self.name}"

    def scripts(self) -> ScriptDirectory:
        """The versions in order."""
        return ScriptDirectory(str(self.folder), version_locations=[str(self.folder / "versions")])

    def revision_of(self, connection: Connection) -> str | None:
        """How far the database has come; None before the first version."""
        options = {"version_table": self.version_table}
        return MigrationContext.configure(connection, opts=options).get_current_revision()


#: The tables of ``sync.records``, the same on both ends.
RECORDS = History("records", Path(__file__).parent, metadata)


def is_current(connection: Connection, histories: Sequence[History]) -> bool:
    """Tell whether nothing is left to do; raise ``DatabaseTooNew`` on a version not known here."""
    states = [(h.revision_of(connection), h.scripts()) for h in histories]
    known = [{script.revision for script in scripts.walk_revisions()} for _, scripts in states]
    for (current, _), revisions in zip(states, known, strict=True):
        if current is not None and current not in revisions:
            raise DatabaseTooNew(current)
    return all(current == scripts.get_current_head() for current, scripts in states)


def upgrade(connection: Connection, histories: Sequence[History], to: str = "heads") -> None:
    """Bring each history to ``to`` in the order given, inside the caller's transaction."""
    for history in histories:
        _run(connection, history, lambda scripts, rev: scripts._upgrade_revs(to, rev))


def downgrade(connection: Connection, history: History, to: str) -> None:
    """Take one history back to ``to`` ('base' for nothing); the tests use it."""
    _run(connection, history, lambda scripts, rev: scripts._downgrade_revs(to, rev))


def _run(connection: Connection, history: History, steps: Any) -> None:
    scripts = history.scripts()

    def migrate(revision: str, _context: MigrationContext) -> Any:
        return steps(scripts, revision)

    with EnvironmentContext(Config(), scripts, fn=migrate) as environment:
        environment.configure(
            connection=connection,
            target_metadata=history.metadata,
            version_table=history.version_table,
            # SQLite knows hardly any ALTER TABLE: Alembic copies the table instead.
            render_as_batch=connection.dialect.name == "sqlite",
        )
        environment.run_migrations()
