"""The store of one PC: opened by a password, read and written in transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, update

from desktop.storage import database, keys, settings, tables
from desktop.storage.errors import KeyMissing, OtherVillage, StoreExists, fault_of
from desktop.storage.files import Files
from desktop.storage.ledger import become
from desktop.storage.writing import Writing
from sync.records import KINDS

DATABASE = "shige.db"
KEY_FILE = "key.json"
FILES = "files"


class Store:
    """One PC's encrypted database. Safe to use from several threads, a transaction each."""

    def __init__(
        self, folder: Path, engine: Engine, files: Files, departures: str | None = None
    ) -> None:
        self.folder = folder
        self.engine = engine
        self.files = files
        #: How often this PC had left a village when the session began; None for the program's own
        #: hand, which syncs and leaves.
        self._departures = departures

    @classmethod
    def create(cls, folder: Path, password: str) -> Store:
        """Make a new store in ``folder``. Raises StorageError."""
        if exists(folder):
            raise StoreExists(str(folder))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise fault_of(error) from error
        return cls._open(folder, keys.new_key(folder / KEY_FILE, password), database.BUSY_SECONDS)

    @classmethod
    def open(
        cls, folder: Path, password: str, *, busy_seconds: float = database.BUSY_SECONDS
    ) -> Store:
        """Open the store and bring it up to date, waiting at most ``busy_seconds`` each time that
        another program writes. Raises StorageError."""
        if not exists(folder, KEY_FILE) and exists(folder, DATABASE):
            raise KeyMissing(str(folder))
        return cls._open(folder, keys.open_key(folder / KEY_FILE, password), busy_seconds)

    @classmethod
    def _open(cls, folder: Path, key: bytes, busy_seconds: float) -> Store:
        path = folder / DATABASE
        engine = database.open_engine(path, key, busy_seconds)
        try:
            database.bring_up_to_date(engine, path, key)
        except BaseException:
            engine.dispose()
            raise
        return cls(folder, engine, Files(folder / FILES, key))

    def close(self) -> None:
        """Close every connection; the store cannot be used after it."""
        self.engine.dispose()

    @contextmanager
    def read(self, *, frugal: bool = False) -> Iterator[Connection]:
        """A reading transaction: one consistent picture, whatever is written meanwhile. A
        ``frugal`` one reads much and keeps little of it in memory."""
        with (
            self.engine.connect().execution_options(frugal=frugal) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def change(self, *, lasting: bool = True, frugal: bool = False) -> Iterator[Connection]:
        """A writing transaction on the desktop's own tables (settings, drafts, logs, sync).

        One that is not ``lasting`` is whole or gone after a power cut: for what a sync asks the
        county again anyway, which spares a slow disk half of its work.
        """
        options = {"writes": True, "lasting": lasting, "frugal": frugal}
        with (
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Writing]:
        """Write records: all of it with its outbox entries, or nothing. Raises OtherVillage where
        the session ended (``for_this_village``)."""
        with self.change() as connection:
            told = settings.read_some(
                connection, settings.AREA, settings.OPERATOR, settings.DEPARTURES
            )
            self._refuse_strangers(told.get(settings.DEPARTURES, ""))
            operator = told.get(settings.OPERATOR, "本机用户")
            yield Writing(connection, told.get(settings.AREA, ""), operator)

    def for_this_village(self) -> Store:
        """The same store for one session of work: it writes into the village that this PC works
        for now, and nothing any more once the PC has left that. Whoever shows or plans what is then
        written, shows and writes by the same session; one of a session is that session.

        A PC that is enrolled meanwhile has left nothing.
        """
        if self._departures is not None:
            return self
        return Store(self.folder, self.engine, self.files, self.setting(settings.DEPARTURES))

    def expect_this_village(self, connection: Connection) -> None:
        """Raises OtherVillage where the PC has left the village of this session."""
        self._refuse_strangers(settings.read(connection, settings.DEPARTURES))

    def _refuse_strangers(self, departures: str) -> None:
        # Their number, not the name: a PC that came back has not what it had then either.
        if self._departures not in (None, departures):
            raise OtherVillage

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
            if device := enrolment.get(settings.DEVICE):
                become(connection, device)
            settings.write(connection, **enrolment)
            if before == area:
                return
            for record in KINDS.values():
                table = record.table
                connection.execute(update(table).where(table.c.area == before).values(area=area))
            outbox = tables.outbox
            connection.execute(update(outbox).where(outbox.c.area == before).values(area=area))


def exists(folder: Path, *names: str) -> bool:
    """Tell whether ``folder`` holds a store, or one of the named files of it. Raises ReadOnly."""
    try:
        return any((folder / name).exists() for name in names or (KEY_FILE, DATABASE))
    except OSError as error:
        raise fault_of(error) from error
