"""The county's database: SQLite in a file by default, PostgreSQL by a URL; transactions on both."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    any_,
    cast,
    create_engine,
    event,
    exc,
    func,
    make_url,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from sync.migrations import DatabaseTooNew, is_current, upgrade
from sync.records import Value
from sync.server.errors import ServerError
from sync.server.pen import Pen
from sync.server.tables import HISTORIES

#: How long one waits for another's write to end before giving up.
BUSY_SECONDS = 60
#: Requests at work at once; each needs a connection.
WORKERS = 16
_SEPARATOR = "\x1f"
_pens: WeakKeyDictionary[Engine, Pen] = WeakKeyDictionary()
#: How SQLite and PostgreSQL say that the disk takes no more.
_NO_ROOM = (
    "database or disk is full",
    "disk i/o error",
    "no space left on device",
    "could not extend file",
)


def open_engine(url: str) -> Engine:
    """Return an engine on ``url`` (``sqlite:///FILE`` or ``postgresql://…``).

    Raises ServerError on a URL of another kind. Parameters never show in errors and logs: they are
    residents' data.
    """
    try:
        parsed = make_url(url)
        name = parsed.get_backend_name()
        if name not in ("sqlite", "postgresql"):
            raise ServerError(f"数据库只能是 SQLite 或 PostgreSQL，不能是“{name}”")
        if name == "sqlite":
            return _open_sqlite(url)
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=WORKERS,
            pool_use_lifo=True,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"options": f"-c lock_timeout={BUSY_SECONDS}s"},
        )
    except exc.ArgumentError as error:
        raise ServerError("看不懂数据库的地址（--database）") from error


def bring_up_to_date(engine: Engine) -> None:
    """Run what is missing of the histories, records first. Raises ServerError."""
    with _told_apart(), writing(engine) as connection:
        if not is_current(connection, HISTORIES):
            upgrade(connection, HISTORIES)


def require_up_to_date(engine: Engine) -> None:
    """Raise ServerError where the database does not stand as this program needs it."""
    with _told_apart(), reading(engine) as connection:
        current = is_current(connection, HISTORIES)
    if not current:
        raise ServerError("数据库还没有准备好，请先运行 init（新建）或 serve（升级）")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes; on SQLite it holds the file's only pen from its first moment."""
    with (
        _pen_of(engine),
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads, and sees the database as it stood at one moment."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with connection.begin():
            yield connection


def among(
    connection: Connection, column: ColumnElement[Any], values: Collection[Any]
) -> ColumnElement[bool]:
    """``column IN values`` for any number of values: they travel as one parameter."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    # One long text is three times cheaper to send than an array of texts.
    joined = func.string_to_array(_SEPARATOR.join(map(str, values)), _SEPARATOR)
    return column == any_(cast(joined, ARRAY(column.type)))


def ask(connection: Connection, sql: str, values: Sequence[Any] = ()) -> CursorResult[Any]:
    """Run SQL of our own, its values as ``?``, as the driver takes it: a request asks a dozen small
    questions, and to build each statement anew costs more than to answer it."""
    return connection.exec_driver_sql(_marked(connection, sql), tuple(values))


def write_many(connection: Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run SQL of our own once for each row of values."""
    if rows:
        connection.exec_driver_sql(_marked(connection, sql), list(rows))


def in_list(connection: Connection, *, numbers: bool = False) -> str:
    """What follows a column in SQL of our own that is one of any number of values, which travel as
    the one parameter that ``listed`` makes."""
    if connection.dialect.name == "sqlite":
        return "IN (SELECT value FROM json_each(?))"
    texts = f"string_to_array(CAST(? AS TEXT), '{_SEPARATOR}')"
    return f"= ANY (CAST({texts} AS BIGINT[]))" if numbers else f"= ANY ({texts})"


def listed(connection: Connection, values: Collection[Any]) -> str:
    """The values for ``in_list``."""
    if connection.dialect.name == "sqlite":
        return json.dumps(list(values))
    return _SEPARATOR.join(map(str, values))


def _marked(connection: Connection, sql: str) -> str:
    if connection.dialect.name == "sqlite":
        return sql
    return sql.replace("%", "%%").replace("?", "%s")


def askable(values: Iterable[Value]) -> set[str]:
    """The texts among ``values`` that a database can be asked about; others are in none."""
    return {v for v in values if isinstance(v, str) and "\0" not in v and _SEPARATOR not in v}


def _pen_of(engine: Engine) -> AbstractContextManager[None]:
    """What must be held to write: nothing where the database itself lets writers queue fairly."""
    pen = _pens.get(engine)
    return nullcontext() if pen is None else pen.held()


def _open_sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=WORKERS,
        # The connection used last has the pages in its cache that the next request needs.
        pool_use_lifo=True,
        # Transactions are begun by us: reading never turns into writing half-way.
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    _pens[engine] = Pen()
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # What a village was told is at the county stays there when the power goes.
    cursor.execute("PRAGMA synchronous = FULL")
    # Fewer, larger copies out of the log: the first push of a village is one run of writes.
    cursor.execute("PRAGMA wal_autocheckpoint = 8000")
    # The system keeps the file in memory for all connections together: a larger cache in each of
    # them was not measurably quicker.
    cursor.execute("PRAGMA cache_size = -8192")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def is_disk_full(error: exc.DBAPIError) -> bool:
    """Whether a fault of the database means that it has no room left to write."""
    text = str(error.orig).lower()
    return any(words in text for words in _NO_ROOM)


@contextmanager
def _told_apart() -> Iterator[None]:
    try:
        yield
    except DatabaseTooNew as error:
        raise ServerError("数据库由更新版本的程序写过，请先升级本程序；数据没有动过") from error
    except exc.DatabaseError as error:
        raise ServerError(_sentence_for(str(error.orig))) from error


def _sentence_for(text: str) -> str:
    lowered = text.lower()
    if "not a database" in lowered or "malformed" in lowered:
        return "数据库文件已损坏，或者不是本程序的数据库，请用备份恢复"
    if "locked" in lowered:
        return "数据库正被别的程序占着，请稍后再试"
    if any(words in lowered for words in _NO_ROOM):
        return "磁盘满了或者坏了，数据库写不进去"
    return f"数据库用不了：{text.strip().splitlines()[0]}"
