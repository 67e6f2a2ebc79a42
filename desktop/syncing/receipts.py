"""The receipts that are kept, newest first, and whose they are. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from desktop.storage import settings, tables
from desktop.storage.errors import RecordMissing
from desktop.storage.receipts import KEPT, QUIET_KEPT
from desktop.storage.store import Store
from desktop.storage.writing import now
from desktop.syncing.service import Receipt
from sync.decoding import decode

# What the screen tells of how many are kept.
__all__ = ["KEPT", "QUIET_KEPT", "KeptReceipt", "Office", "Receipts"]


@dataclass(frozen=True)
class KeptReceipt:
    """A receipt under its number, which goes up by one a sync on this PC."""

    number: int
    receipt: Receipt


@dataclass(frozen=True)
class Office:
    """What stands on paper: the village, this PC, the cadre who works here (each may be ''), and
    this PC's time."""

    village: str
    device: str
    operator: str
    now: str


class Receipts:
    """What each sync of this PC did. Every method is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def receipts(self, limit: int = 50, before: int | None = None) -> list[KeptReceipt]:
        """The newest receipts, or the newest of those older than the number ``before``."""
        table = tables.receipt.c
        wanted = select(table.number, table.receipt_json).order_by(table.number.desc())
        if before is not None:
            wanted = wanted.where(table.number < before)
        with self._store.read() as connection:
            found = connection.execute(wanted.limit(limit)).all()
        return [KeptReceipt(number, _receipt(text)) for number, text in found]

    def receipt(self, number: int) -> KeptReceipt:
        """One receipt. Raises RecordMissing where it is not kept any more."""
        table = tables.receipt.c
        wanted = select(table.receipt_json).where(table.number == number)
        with self._store.read() as connection:
            found = connection.execute(wanted).scalar()
        if found is None:
            raise RecordMissing("同步回执")
        return KeptReceipt(number, _receipt(found))

    def count(self) -> int:
        """How many receipts are kept."""
        with self._store.read() as connection:
            kept = select(func.count()).select_from(tables.receipt)
            return int(connection.execute(kept).scalar_one())

    def office(self) -> Office:
        """Whose receipts these are."""
        with self._store.read() as connection:
            return Office(
                settings.read(connection, settings.AREA_NAME),
                settings.read(connection, settings.DEVICE_NAME),
                settings.read(connection, settings.OPERATOR),
                now(),
            )


def _receipt(text: str) -> Receipt:
    return decode(text, Receipt)
