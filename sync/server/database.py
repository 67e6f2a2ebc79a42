"""The county's database: SQLite in a file by default, PostgreSQL by a URL; transactions on both."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from sync.migrations import DatabaseTooNew, is_current, upgrade
from sync.server.errors import ServerError
from sync.server.pen import Pen
from sync.server.tables import HISTORIES

#: How long one waits for another's write to end before giving up.
BUSY_SECONDS = 60
#: Requests at work at once; each needs a connection.
WORKERS = 16
#: A connection that rested so long, in which no PostgreSQL starts anew, is asked whether it stands.
_RESTED_SECONDS = 0.1
_RESTS_SINCE = "rests_since"
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
        return _open_postgresql(parsed)
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


def _pen_of(engine: Engine) -> AbstractContextManager[None]:
    """What must be held to write: nothing where the database itself lets writers queue fairly."""
    pen = _pens.get(engine)
    return nullcontext() if pen is None else pen.held()


def _open_postgresql(url: URL) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=WORKERS,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={"options": f"-c lock_timeout={BUSY_SECONDS}s"},
    )
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", partial(_ask_after_rest, engine))
    return engine


def _note_rest(_driver: object, record: ConnectionPoolEntry) -> None:
    record.info[_RESTS_SINCE] = time.monotonic()


def _ask_after_rest(
    engine: Engine, driver: PoolProxiedConnection, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """PostgreSQL may have been started anew while a connection rested. A request takes one up three
    times in a row: to ask each time would cost it as much as three of its questions."""
    rests_since = record.info.get(_RESTS_SINCE, math.inf)
    if time.monotonic() - rests_since > _RESTED_SECONDS:
        try:
            engine.dialect.do_ping(driver)
        except engine.dialect.loaded_dbapi.Error as error:
            # The others that rest have lost it too.
            raise exc.InvalidatePoolError from error


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
