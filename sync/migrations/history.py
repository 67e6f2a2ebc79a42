"""One Alembic history of a database, run from the program without Alembic's command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData, text

from sync.records import metadata

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory


class DatabaseTooNew(Exception):
    """A newer program has moved the database on; this one must leave it untouched."""


@dataclass(frozen=True)
class History:
    """A set of tables and the folder whose ``versions`` bring them about, one after another.

    A version's file is called ``<history>_<number>_<what it does>.py`` and its id is the first two
    parts of that name, so that a start needs no Alembic (0.2 s) to see that there is nothing to do.
    """

    name: str
    folder: Path
    metadata: MetaData

    @property
    def version_table(self) -> str:
        """Where the database notes how far this history has come."""
        return f"history_{self.name}"

    def versions(self) -> list[str]:
        """The ids of all versions, oldest first."""
        files = sorted((self.folder / "versions").glob(f"{self.name}_*.py"))
        return ["_".join(file.stem.split("_")[:2]) for file in files]

    def scripts(self) -> ScriptDirectory:
        """The versions as Alembic reads them."""
        from alembic.script import ScriptDirectory

        return ScriptDirectory(str(self.folder), version_locations=[str(self.folder / "versions")])

    def revision_of(self, connection: Connection) -> str | None:
        """How far the database has come; None before the first version."""
        if not connection.dialect.has_table(connection, self.version_table):
            return None
        # The table's name is ours.
        statement = text(f"SELECT version_num FROM {self.version_table}")  # noqa: S608
        found: str | None = connection.execute(statement).scalar()
        return found


#: The tables of ``sync.records``, the same on both ends.
RECORDS = History("records", Path(__file__).parent, metadata)


def is_current(connection: Connection, histories: Sequence[History]) -> bool:
    """Tell whether nothing is left to do; raise ``DatabaseTooNew`` on a version not known here."""
    states = [(history.revision_of(connection), history.versions()) for history in histories]
    for current, versions in states:
        if current is not None and current not in versions:
            raise DatabaseTooNew(current)
    return all(current == versions[-1] for current, versions in states)


def upgrade(connection: Connection, histories: Sequence[History], to: str = "heads") -> None:
    """Bring each history to ``to`` in the order given, inside the caller's transaction."""
    for history in histories:
        _run(connection, history, lambda scripts, rev: scripts._upgrade_revs(to, rev))


def downgrade(connection: Connection, history: History, to: str) -> None:
    """Take one history back to ``to`` ('base' for nothing); the tests use it."""
    _run(connection, history, lambda scripts, rev: scripts._downgrade_revs(to, rev))


def _run(connection: Connection, history: History, steps: Any) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

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
