"""The SQLCipher file: opening, pragmas, faults told apart, and its histories brought up to date."""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import QueuePool

from desktop.storage import searching
from desktop.storage.driver import faults_told_apart, told_apart
from desktop.storage.errors import Damaged, TooNew
from desktop.storage.tables import HISTORIES
from sync.migrations import DatabaseTooNew, is_current, upgrade

BUSY_SECONDS = 20
#: How much of the file a connection keeps decrypted in memory: lists of 100,000 live on it. A long
#: sync needs no more than the pages of one batch, in whatever order they lie.
CACHE_KB, FRUGAL_KB = 65536, 8192


def open_engine(path: Path, key: bytes, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine on the encrypted file; connections open in about a millisecond and wait at
    most ``busy_seconds`` for another writer.

    Transactions are begun by us (``BEGIN``, or ``BEGIN IMMEDIATE`` under the execution option
    ``writes``) so that reading never turns into writing half-way. One that writes under the option
    ``lasting=False`` may be undone by a power cut, as a whole. One that is ``frugal`` keeps little
    of the file in memory, however much it reads or writes, and lets go of what others kept. Faults
    of the surroundings come out as ``StorageError``.
    """
    engine = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=lambda: _connect(path, key, busy_seconds),
        poolclass=QueuePool,
        pool_size=4,
        # Whoever comes next gets the connection used last: its pages are decrypted already.
        pool_use_lifo=True,
    )
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _tell_faults_apart)
    return engine


def bring_up_to_date(engine: Engine, path: Path, key: bytes) -> None:
    """Run what is missing of the histories, after a copy of the file. Raises TooNew."""
    try:
        with engine.connect() as connection:
            current = is_current(connection, HISTORIES)
            fresh = all(h.revision_of(connection) is None for h in HISTORIES)
        if current:
            return
        if not fresh:
            copy_aside(path, key)
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            upgrade(connection, HISTORIES)
            searching.rebuild(connection)
    except DatabaseTooNew as error:
        raise TooNew(str(error)) from error


def copy_aside(path: Path, key: bytes) -> Path:
    """Copy the database to ``backup/`` beside it, under the same key; return the copy.

    Raises StorageError, and leaves no half copy behind.
    """
    folder = path.parent / "backup"
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    copy = folder / f"{path.stem}-{stamp}{path.suffix}"
    with faults_told_apart(), ExitStack() as undo:
        folder.mkdir(exist_ok=True)
        undo.callback(copy.unlink, missing_ok=True)
        with closing(_connect(path, key)) as source, closing(_connect(copy, key)) as target:
            # A backup takes a damaged page for an empty one and says nothing.
            if broken := source.execute("PRAGMA cipher_integrity_check").fetchone():
                raise Damaged(str(broken[0]))
            # SQLite's online backup takes every committed page, those in the log too.
            source.backup(target)
        undo.pop_all()
    return copy


def _connect(path: Path, key: bytes, busy_seconds: float = BUSY_SECONDS) -> Any:
    with faults_told_apart(), ExitStack() as undo:
        connection = sqlcipher.connect(
            str(path), timeout=busy_seconds, isolation_level=None, check_same_thread=False
        )
        undo.callback(connection.close)
        cursor = connection.cursor()
        # Faults come out as sentences; SQLCipher would write to stderr beside them.
        cursor.execute("PRAGMA cipher_log_level = NONE")
        cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        # Sorting never writes plain text to a temporary file.
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        # A page that is let go of is not written for that; what lies in it is encrypted.
        cursor.execute("PRAGMA secure_delete = FAST")
        # Fewer, larger copies out of the log: a first sync is one run of writes.
        cursor.execute("PRAGMA wal_autocheckpoint = 4000")
        cursor.close()
        undo.pop_all()
    return connection


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    _set(connection, "cache_size", f"-{FRUGAL_KB if options.get('frugal') else CACHE_KB}")
    if not options.get("writes", False):
        _carry_out(connection, "BEGIN")
        return
    # A village loses its power often: each commit reaches the disk, unless it can be had again.
    _set(connection, "synchronous", "FULL" if options.get("lasting", True) else "NORMAL")
    _carry_out(connection, "BEGIN IMMEDIATE")


def _set(connection: Connection, pragma: str, value: str) -> None:
    """Set a pragma of this connection, unless it is set so since an earlier transaction."""
    if connection.info.get(pragma) != value:
        _carry_out(connection, f"PRAGMA {pragma} = {value}")
        connection.info[pragma] = value


def _carry_out(connection: Connection, statement: str) -> None:
    """Straight by the driver: a sync begins ten transactions."""
    driver: Any = connection.connection.driver_connection
    with faults_told_apart():
        driver.execute(statement)


def _tell_faults_apart(context: ExceptionContext) -> None:
    fault = told_apart(str(context.original_exception))
    if fault:
        raise fault(str(context.original_exception)) from context.original_exception
