"""A village that this PC has left: all of it goes from here in one transaction."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select
from sqlcipher3 import dbapi2 as sqlcipher

from desktop.storage import leftovers, searching, settings, tables, transfers
from desktop.storage.driver import faults_told_apart
from desktop.storage.errors import StorageError
from desktop.storage.outbox import waiting_in
from desktop.storage.store import Store
from sync.protocol import Move
from sync.records import KINDS
from sync.records import metadata as records


@dataclass(frozen=True)
class Departure:
    """This PC has left a village: both names, how many changes that the county had refused were
    left to it, and how many half-written forms went."""

    left: str
    village: str
    refused: int = 0
    drafts: int = 0

    @property
    def sentence(self) -> str:
        """What happened, for the cadre."""
        said = f"这台电脑已改属{self.village}，{self.left or '原村'}的资料已从本机移走，县里都有。"
        if self.refused:
            said += f"县里没有收下的 {self.refused} 处修改，内容留在县里，要用请向县里查。"
        if self.drafts:
            said += f"没填完的 {self.drafts} 张表单也清掉了。"
        return said


def leave(store: Store, move: Move) -> Departure | None:
    """Take all of the village that this PC has left from it, and work for the other from now on.

    All in one transaction; None where something still waits to be sent for the old village, or
    nothing is to be left. The log of full views stays: it says who looked, not at what.
    """
    with store.change() as connection:
        area = settings.read(connection, settings.AREA)
        still_to_go = waiting_in(connection) or transfers.any_can_go(connection, store.files)
        if area == move.area or still_to_go:
            return None
        left = settings.read(connection, settings.AREA_NAME)
        refused = select(func.count()).where(tables.outbox.c.state == "refused")
        drafts = select(func.count()).select_from(tables.draft)
        departure = Departure(
            left,
            move.area_name or move.area,
            connection.execute(refused).scalar_one(),
            connection.execute(drafts).scalar_one(),
        )
        _purge(connection, area)
        leftovers.note(connection, [leftovers.COPIES, *leftovers.photos(store)])
        settings.write(
            connection,
            area=move.area,
            area_name=move.area_name,
            last_sync="",
            last_proof="",
            departures=str(int(settings.read(connection, settings.DEPARTURES) or 0) + 1),
            move_notice=departure.sentence,
            traces="yes",
        )
    leftovers.take_away(store)
    leave_no_trace(store)
    return departure


def _purge(connection: Connection, area: str) -> None:
    # What is deleted is overwritten, not only unlinked.
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    for kind in KINDS:
        connection.exec_driver_sql(
            f"DELETE FROM search_index WHERE kind = '{kind}' AND row IN"  # noqa: S608 - own names
            f" (SELECT rowid FROM {kind} WHERE area = ?)",
            (area,),
        )
    for table in (*records.tables.values(), *tables.metadata.tables.values()):
        if "area" in table.c:
            connection.execute(delete(table).where(table.c.area == area))
    # These name no area: all that is written here is written for the village.
    connection.execute(delete(tables.standing))
    connection.execute(delete(tables.draft))
    connection.execute(delete(tables.event_standing))
    connection.execute(delete(tables.transfer))
    connection.exec_driver_sql("PRAGMA secure_delete = FAST")


def leave_no_trace(store: Store) -> None:
    """Write the file anew without the pages that were let go of, and empty the log of the database:
    they hold what has gone with a village. Where that cannot be done now, for the plug was pulled
    or the disk is full, ``settings.TRACES`` stays, and the next sync begins with it, before the
    other village comes. Where a reader is in the way the log is overwritten later anyway."""
    with contextlib.suppress(StorageError, sqlcipher.Error, MemoryError):
        _driver(store, "VACUUM")
        with store.change() as changing:
            # SQLite may have given the county's records other rows, by which the index knows them.
            searching.rebuild(changing)
            settings.write(changing, traces="")
        _driver(store, "PRAGMA wal_checkpoint(TRUNCATE)")


def _driver(store: Store, statement: str) -> None:
    """Carry out what no transaction may hold. Raises StorageError."""
    connection = store.engine.raw_connection()
    try:
        with faults_told_apart():
            connection.cursor().execute(statement)
    finally:
        connection.close()
