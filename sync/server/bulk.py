"""Many rows at once, as each database likes it best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, exc

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
        marks = ", ".join([_mark(connection)] * len(names))
        # Names come from our own tables, values travel as parameters.
        sql = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"  # noqa: S608
        connection.exec_driver_sql(sql, list(rows))


def update_rows(
    connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Row]
) -> None:
    """Set the columns ``names`` of existing records; each row ends with its area and id."""
    quote = connection.dialect.identifier_preparer.quote
    mark = _mark(connection)
    columns = ", ".join(f"{quote(name)} = {mark}" for name in names)
    sql = f"UPDATE {quote(table.name)} SET {columns} WHERE area = {mark} AND id = {mark}"  # noqa: S608
    if rows:
        connection.exec_driver_sql(sql, list(rows))


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.name == "sqlite" else "%s"


def _copy(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(map(quote, names))
    driver: Any = connection.connection.driver_connection
    faults = connection.dialect.loaded_dbapi.Error
    try:
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
    except faults as error:
        # As SQLAlchemy does with every other statement: a full disk is told as one here too.
        raise exc.DBAPIError.instance(
            f"COPY {table.name}", None, error, faults, True, False, connection.dialect
        ) from error
