"""County and desktop as the next program would have them: residents with one more field (their
school), and a kind more (parcels).

``python -m tests.support.newer server VERB …`` and ``python -m tests.support.newer desktop VERB …``
are the programs' own verbs. The new column and table are made on the way, as a migration would.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

from sync.records import KINDS, Kept, Resident
from sync.records.base import _table, metadata
from sync.records.fields import Words

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: The verbs that make or open a database; the others look at it as it is.
PARCEL = "parcel"


def declare() -> None:
    """Know more from now on."""
    school = Words("就读学校", longest=60)
    school.__set_name__(Resident, "school")
    Resident.school = school  # type: ignore[attr-defined]
    Resident.fields["school"] = school
    metadata.remove(Resident.table)
    Resident.table = _table(Resident)

    class Parcel(Kept):
        """A parcel of land (地块)."""

        label = "地块"
        title = "name"

        name = Words("名称", required=True, longest=60)

    assert KINDS[PARCEL] is Parcel


def migrate(connection: Connection) -> None:
    """Let the database have room for it."""
    columns = {column["name"] for column in inspect(connection).get_columns("resident")}
    if "school" not in columns:
        connection.exec_driver_sql("ALTER TABLE resident ADD COLUMN school TEXT")
    KINDS[PARCEL].table.create(connection, checkfirst=True)


def server(arguments: list[str]) -> int:
    """The county's server, with its database brought up to date."""
    from sync.server import cli, database

    bring_up_to_date = database.bring_up_to_date

    def and_more(engine: Any) -> None:
        bring_up_to_date(engine)
        with database.writing(engine) as connection:
            migrate(connection)

    vars(cli)["bring_up_to_date"] = and_more
    return cli.main(arguments)


def desktop(arguments: list[str]) -> int:
    """The village's program, with its store brought up to date."""
    from desktop import cli
    from desktop.storage.store import Store

    opened = Store._open.__func__  # type: ignore[attr-defined]

    def and_more(cls: Any, folder: Path, key: bytes, busy_seconds: float) -> Store:
        store: Store = opened(cls, folder, key, busy_seconds)
        with store.change() as connection:
            migrate(connection)
        return store

    Store._open = classmethod(and_more)  # type: ignore[method-assign,assignment]
    return cli.main(arguments)


if __name__ == "__main__":
    os.umask(0o077)
    declare()
    sys.exit({"server": server, "desktop": desktop}[sys.argv[1]](sys.argv[2:]))
