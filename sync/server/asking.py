"""SQL of our own, as the database likes it best: many questions a request, and lists of values.

A request asks a dozen small questions. They go to the driver straight: to build each statement
anew, or only to hand it on, costs more than to answer it. Values are written as ``?``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, any_, cast, exc, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from sync.records import Value

_SEPARATOR = "\x1f"
#: The texts that ``listed`` makes one parameter of, as PostgreSQL takes them apart.
SPLIT = f"string_to_array(CAST(? AS TEXT), '{_SEPARATOR}')"


@contextmanager
def by_driver(connection: Connection, sql: str) -> Iterator[Any]:
    """The driver's own connection, within the same transaction, to run ``sql``; its faults come out
    as SQLAlchemy tells them."""
    faults = connection.dialect.loaded_dbapi.Error
    driver: Any = connection.connection.driver_connection
    try:
        yield driver
    except faults as error:
        dialect = connection.dialect
        if gone := dialect.is_disconnect(error, driver, None):
            connection.invalidate(error)
        raise exc.DBAPIError.instance(sql, None, error, faults, True, gone, dialect) from error


def ask(
    connection: Connection, sql: str, values: Sequence[Any] = (), *, anew: bool = False
) -> list[tuple[Any, ...]]:
    """The rows that a question finds, by its ``values``.

    PostgreSQL soon answers the same question by a plan for any values. One with a long list it
    plans ``anew`` each time, by the values that are there: the plan for any took the list apart
    once for each row of the village.
    """
    with by_driver(connection, sql) as driver:
        how = {"prepare": False} if anew and connection.dialect.name == "postgresql" else {}
        rows: list[tuple[Any, ...]] = driver.execute(
            _marked(connection, sql), values, **how
        ).fetchall()
        return rows


def ask_one(connection: Connection, sql: str, values: Sequence[Any] = ()) -> Any:
    """The first row that a question finds; None where there is none."""
    return next(iter(ask(connection, sql, values)), None)


def ask_each(
    connection: Connection,
    wanted: str,
    table: str,
    key: tuple[str, str],
    values: Collection[Any],
    *,
    numbers: bool = False,
) -> list[tuple[Any, ...]]:
    """The columns ``wanted`` of the rows of an area whose column is one of any number of values, in
    no order; ``key`` gives the column and the area.

    For tables with several indexes by area. PostgreSQL must look each value up in the one of this
    column: by itself it took another and went through all that the area has, until it had counted
    the rows (a minute after a village sent its first register).
    """
    column, area = key
    these = listed(connection, dict.fromkeys(values))
    if connection.dialect.name == "sqlite":
        here = f"area = ? AND {column} {in_list(connection)}"
        # Names are our own, values travel as parameters.
        return ask(connection, f"SELECT {wanted} FROM {table} WHERE {here}", (area, these))  # noqa: S608
    value = "CAST(w.value AS BIGINT)" if numbers else "w.value"
    sql = (
        f"SELECT found.* FROM (SELECT CAST(? AS TEXT) AS area) a, unnest({SPLIT}) w (value),"  # noqa: S608
        f" LATERAL (SELECT {wanted} FROM {table} WHERE area = a.area"
        # A range, in order: no other index has that. And the offset keeps it from being one join.
        f" AND {column} BETWEEN {value} AND {value} ORDER BY {column} OFFSET 0) found"
    )
    return ask(connection, sql, (area, these))


def write_many(connection: Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement once for each row of values."""
    if rows:
        with by_driver(connection, sql) as driver:
            driver.cursor().executemany(_marked(connection, sql), rows)


def in_list(connection: Connection) -> str:
    """What follows a column in SQL of our own that is one of any number of texts, which travel as
    the one parameter that ``listed`` makes: to be asked ``anew``."""
    if connection.dialect.name == "sqlite":
        return "IN (SELECT value FROM json_each(?))"
    return f"= ANY ({SPLIT})"


def listed(connection: Connection, values: Collection[Any]) -> str:
    """The values for ``in_list``."""
    if connection.dialect.name == "sqlite":
        return json.dumps(list(values))
    return _SEPARATOR.join(map(str, values))


def among(
    connection: Connection, column: ColumnElement[Any], values: Collection[Any]
) -> ColumnElement[bool]:
    """``column IN values`` for any number of values: they travel as one parameter."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    # One long text is three times cheaper to send than an array of texts.
    joined = func.string_to_array(_SEPARATOR.join(map(str, values)), _SEPARATOR)
    # Within a query of its own it is split once, not for each row.
    once = select(cast(joined, ARRAY(column.type))).scalar_subquery()
    return column == any_(cast(once, ARRAY(column.type)))


def askable(values: Iterable[Value]) -> set[str]:
    """The texts among ``values`` that a database can be asked about; others are in none."""
    return {v for v in values if isinstance(v, str) and "\0" not in v and _SEPARATOR not in v}


def _marked(connection: Connection, sql: str) -> str:
    if connection.dialect.name == "sqlite":
        return sql
    return sql.replace("%", "%%").replace("?", "%s")
