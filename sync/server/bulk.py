"""Many rows at once, as each database likes it best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table

from sync.server.asking import by_driver, write_many

Row = tuple[Any, ...]

#: Below this PostgreSQL's COPY costs more round trips than it saves.
_COPY_FROM = 20


def insert_rows(
    connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert new rows of the columns ``names``; columns left out take their default."""
    if connection.dialect.name == "postgresql" and len(rows) >= _COPY_FROM:
        _copy(connection, table, names, rows)
    elif rows:
        quote = connection.dialect.identifier_preparer.quote
        columns = ", ".join(map(quote, names))
        marks = ", ".join("?" * len(names))
        # Names come from our own tables, values travel as parameters.
        sql = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"  # noqa: S608
        write_many(connection, sql, rows)


def update_rows(
    connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Row]
) -> None:
    """Set the columns ``names`` of existing records; each row ends with its area and id."""
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(f"{quote(name)} = ?" for name in names)
    sql = f"UPDATE {quote(table.name)} SET {columns} WHERE area = ? AND id = ?"  # noqa: S608
    write_many(connection, sql, rows)


def _copy(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(map(quote, names))
    sql = f"COPY {quote(table.name)} ({columns}) FROM STDIN"
    with (
        by_driver(connection, sql) as driver,
        driver.cursor() as cursor,
        cursor.copy(sql) as copy,
    ):
        for row in rows:
            copy.write_row(row)
