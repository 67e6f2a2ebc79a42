"""The store of one PC: opened by a password, read and written in transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, update

from desktop.storage import database, keys, settings, tables
from desktop.storage.errors import NoStore, ReadOnly, StoreExists
from desktop.storage.writing import Writing
from sync.records import KINDS

DATABASE = "shige.db"
KEY_FILE = "key.json"


class Store:
    """One PC's encrypted database. Safe to use from several threads, a transaction each."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder = folder
        self.engine = engine

    @classmethod
    def create(cls, folder: Path, password: str) -> Store:
        """Make a new store in ``folder``. Raises StoreExists, WeakPassword, ReadOnly."""
        if exists(folder):
            raise StoreExists(str(folder))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            key = keys.new_key(folder / KEY_FILE, password)
        except OSError as error:
            raise ReadOnly(str(error)) from error
        return cls._open(folder, key)

    @classmethod
    def open(cls, folder: Path, password: str) -> Store:
        """Open the store and bring it up to date. Raises StorageError."""
        if not (folder / KEY_FILE).exists():
            raise NoStore(str(folder))
        return cls._open(folder, keys.open_key(folder / KEY_FILE, password))

    @classmethod
    def _open(cls, folder: Path, key: bytes) -> Store:
        path = folder / DATABASE
        engine = database.open_engine(path, key)
        try:
            database.bring_up_to_date(engine, path, key)
        except BaseException:
            engine.dispose()
            raise
        return cls(folder, engine)

    def close(self) -> None:
        """Close every connection; the store cannot be used after it."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A reading transaction: one consistent picture, whatever is written meanwhile."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """A writing transaction on the desktop's own tables (settings, drafts, logs, sync)."""
        with (
            self.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Writing]:
        """Write records: all of it with its outbox entries, or nothing."""
        with self.change() as connection:
            area = settings.read(connection, settings.AREA)
            operator = settings.read(connection, settings.OPERATOR, "本机用户")
            yield Writing(connection, area, operator)

    def setting(self, name: str, default: str = "") -> str:
        """One setting of this PC."""
        with self.read() as connection:
            return settings.read(connection, name, default)

    def set(self, **values: str) -> None:
        """Write settings of this PC by name."""
        with self.change() as connection:
            settings.write(connection, **values)

    def join_area(self, **enrolment: str) -> None:
        """Note the enrolment (``area`` among the values); what was written before moves there."""
        with self.change() as connection:
            before = settings.read(connection, settings.AREA)
            area = enrolment[settings.AREA]
            settings.write(connection, **enrolment)
            if before == area:
                return
            for record in KINDS.values():
                table = record.table
                connection.execute(update(table).where(table.c.area == before).values(area=area))
            outbox = tables.outbox
            connection.execute(update(outbox).where(outbox.c.area == before).values(area=area))


def exists(folder: Path) -> bool:
    """Tell whether ``folder`` holds a store."""
    return (folder / KEY_FILE).exists()
